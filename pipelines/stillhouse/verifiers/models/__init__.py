"""Verifiers that ask a model: a judge, an outcome reward, a process reward."""
