"""The wire formats, one package each. A new one is added here and nowhere else."""
