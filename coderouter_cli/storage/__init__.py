"""Settings, credentials and the ledger."""
