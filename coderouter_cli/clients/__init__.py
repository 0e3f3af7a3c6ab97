"""One folder per coding client: detect, patch, restore."""
