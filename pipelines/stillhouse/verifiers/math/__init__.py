"""Mathematical answers: found in a response, read as values, compared."""
