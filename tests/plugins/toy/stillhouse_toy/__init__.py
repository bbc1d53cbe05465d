"""A package of somebody else's, with one of each thing that a package can add."""
