"""Tables as SQL and as batches."""
