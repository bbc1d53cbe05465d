"""What a Ray job runs: `python -m stillhouse.job STAGE RUN`. The process that submitted it holds the run's lock."""

import sys

from stillhouse import cluster
from stillhouse.errors import UserError
from stillhouse.printing import one_line
from stillhouse.run import Run
from stillhouse.stages import STAGES
from stillhouse.stages.base import run_stage


def main(stage: str, uri: str) -> None:
    try:
        run_stage(STAGES[stage], Run.open(uri))
    except UserError as error:
        print(f"stillhouse: {one_line(str(error))}", file=sys.stderr)
        sys.exit(2)
    finally:
        cluster.leave()


if __name__ == "__main__":
    main(*sys.argv[1:])
