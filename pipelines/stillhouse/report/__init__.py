"""The report: the numbers of a run, as a table in the terminal, as a dataset card and as one HTML file."""
