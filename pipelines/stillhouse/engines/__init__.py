"""Teachers: what draws traces for problems."""
