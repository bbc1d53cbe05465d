"""Programs against tests. What a model wrote runs in the jail and nowhere else."""
