"""Where everything that a run makes lives: whole files, shards, shared ledgers, artifacts, and runs that point at them."""
