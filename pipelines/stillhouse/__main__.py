"""`python -m stillhouse` is `stillhouse`."""

from stillhouse.cli import main

main()
