"""Verifiers: the product. One small file each, found by name; `grade` judges plain rows."""

from stillhouse.verifiers.grading import grade

__all__ = ["grade"]
