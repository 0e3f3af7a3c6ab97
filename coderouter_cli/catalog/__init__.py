"""What we know of models and providers: data files, their loader, rate cards."""
