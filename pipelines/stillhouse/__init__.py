"""Stillhouse: a distillation and SFT data factory for reasoning models."""

__version__ = "0.1.0"
