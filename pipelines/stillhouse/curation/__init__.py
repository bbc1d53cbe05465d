"""Curation: from verified traces to a dataset, every drop with its reason."""
