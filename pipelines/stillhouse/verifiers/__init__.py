"""Verifiers: the product. One small file each, found by name."""
