"""Questions about what a run decided: its committed tables as SQL views, and the story of one row."""
