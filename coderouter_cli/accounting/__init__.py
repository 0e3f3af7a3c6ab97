"""From records to money: pure."""
