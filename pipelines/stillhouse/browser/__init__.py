"""The trace browser: a page on this machine that reads a run."""
