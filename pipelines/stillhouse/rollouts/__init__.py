"""From problems to traces: what is to be drawn, and how it is drawn."""
