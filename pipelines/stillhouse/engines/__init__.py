"""Engines: what serves a model, or its recorded traces. From a model's name to weights, from a problem to a chat."""
