"""Values: frozen dataclasses without I/O, shared by every layer above."""
