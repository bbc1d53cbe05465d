"""Trace hygiene: rules that judge one trace by itself."""
