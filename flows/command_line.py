"""What the flows' command lines share: the arguments, a Prefect server, and one line for what a user can mend."""

import argparse
import os
import sys
from collections.abc import Callable

# Before Prefect is imported: it reports nothing about its users unless they ask for it.
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")

from stillhouse.errors import UserError
from stillhouse.interrupts import ending_tidily
from stillhouse.printing import one_line, settle_streams
from stillhouse.progress import say
from stillhouse.recipe import load
from temporary_server import prefect_server


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with what every flow takes: a recipe, --set and --run."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("recipe", nargs="?", default="configs/quickstart.yaml")
    made.add_argument("--set", dest="overrides", metavar="KEY=VALUE", action="append", default=[])
    made.add_argument("--run", default=None, help="the run's folder or URI")
    made.add_argument("--allow-unsafe-execution", dest="unsafe", action="store_true", help="judge even where no walls can be built")
    return made


def serve(arguments: argparse.Namespace, flow: Callable[[], object]) -> None:
    """Runs a flow on a Prefect server. Exits with 2 and one line for a user's mistake, with 130 or 143 when interrupted."""
    settle_streams()
    try:
        load(arguments.recipe, arguments.overrides)  # a mistake is told before a server is started
        with ending_tidily(), prefect_server() as address:
            say(f"Prefect: {address}")
            flow()
        _end()
    except UserError as error:
        print(f"stillhouse: {one_line(str(error))}", file=sys.stderr)
        _end(2)
    except SystemExit as ended:
        _end(int(ended.code or 0))


def _end(code: int = 0) -> None:
    """Ends the process, of which nothing of ours is open any more, without tearing the interpreter down.

    Prefect's client leaves threads that keep DuckDB's module alive, and its binding then prints a page about leaks.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
