"""The stages of a run, in order. `baseline` comes before training so that the teacher's engine, where it is the same model, is still loaded."""

from stillhouse.stages import curate, problems, publish, report, sample, score, train, verify
from stillhouse.stages.base import Stage

STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        problems.STAGE,
        sample.STAGE,
        score.BASELINE,
        verify.STAGE,
        curate.STAGE,
        publish.STAGE,
        train.STAGE,
        score.STUDENT,
        report.STAGE,
    )
}
