"""Training: the render gate, then TRL."""
