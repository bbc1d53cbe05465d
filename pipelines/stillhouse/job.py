"""What a Ray job runs: `python -m stillhouse.job STEP RUN [--allow-unsafe-execution]`, one step of a run's plan."""

import sys

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.session import leave
from stillhouse.errors import UserError
from stillhouse.execute import Job, make_here
from stillhouse.printing import one_line
from stillhouse.stages.plan import plan
from stillhouse.storage.contents import Contents
from stillhouse.storage.run import OpenRun
from stillhouse.verifiers.pool.walls import FLAG


def main(step: str, uri: str, *flags: str) -> None:
    try:
        found = OpenRun.at(uri)
        made = plan(found.recipe, Contents(found.contents, found.labels), unsafe=FLAG in flags)
        with Actors() as actors:
            make_here(Job(found.run, made, actors, remote=True), made.steps[step])
    except UserError as error:
        print(f"stillhouse: {one_line(str(error))}", file=sys.stderr)
        sys.exit(2)
    finally:
        leave()


if __name__ == "__main__":
    main(*sys.argv[1:])
