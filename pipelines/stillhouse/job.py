"""What a Ray job runs: `python -m stillhouse.job STAGE RUN [--allow-unsafe-execution]`. The process that submitted it holds the run's lock."""

import sys

from stillhouse import cluster
from stillhouse.errors import UserError
from stillhouse.printing import one_line
from stillhouse.run import Run
from stillhouse.stages import STAGES
from stillhouse.stages.base import run_stage
from stillhouse.verifiers.walls import FLAG


def main(stage: str, uri: str, *flags: str) -> None:
    try:
        run = Run.open(uri)
        run.unsafe = FLAG in flags
        run_stage(STAGES[stage], run)
    except UserError as error:
        print(f"stillhouse: {one_line(str(error))}", file=sys.stderr)
        sys.exit(2)
    finally:
        cluster.leave()


if __name__ == "__main__":
    main(*sys.argv[1:])
