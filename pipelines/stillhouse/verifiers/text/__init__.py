"""Answers that are text: a choice, a format, a structure."""
