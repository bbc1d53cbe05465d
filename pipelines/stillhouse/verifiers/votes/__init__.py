"""Self-consistency: what the answers to one problem say together."""
