"""The kinds of work that a plan is made of."""

from stillhouse.stages import benchmark, curate, problems, publish, release, report, review, sample, train, unsolved, verify, vote
from stillhouse.stages.base import Stage

KINDS: dict[str, Stage] = {
    stage.kind: stage
    for stage in (
        problems.STAGE,
        benchmark.STAGE,
        sample.STAGE,
        vote.STAGE,
        verify.STAGE,
        unsolved.STAGE,
        review.STAGE,
        curate.STAGE,
        publish.STAGE,
        train.STAGE,
        release.STAGE,
        report.STAGE,
    )
}
