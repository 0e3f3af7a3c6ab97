"""CodeRouter CLI: routes each request of a coding client to the cheapest model that is good enough."""

__version__ = "0.1.0"
