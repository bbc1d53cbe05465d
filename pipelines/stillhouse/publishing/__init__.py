"""What leaves a run: the dataset's configs as files, the gates before a push, and the push."""
