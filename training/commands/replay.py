"""`python -m training replay`."""

import gc
from itertools import islice
from pathlib import Path
from typing import Any

import click

from bento.model import artifact as artifacts
from bento.model.model import Model
from training import console
from training.commands import options, results
from training.data import exports, feedback
from training.errors import DataError, RefusedError
from training.replay.answers import Answers, answer
from training.replay.comparison import compare
from training.replay.page import page
from training.replay.report import print_report

__all__ = ["replay"]


@click.command()
@click.argument("candidate", type=click.Path(file_okay=False, path_type=Path))
@options.records
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest so many records.")
@click.option(
    "--max-changed",
    type=options.Number(0, 1),
    help="Exit with 1 if a larger share of the answers changes, not counting those that are now as "
    "corrections say that the candidate trained on.",
)
@click.option(
    "--min-accuracy",
    type=options.Number(0, 1),
    help="Exit with 1 if the candidate is right on a smaller share of the corrected comments that "
    "it did not train on.",
)
@options.html
@options.as_json
@options.token_file
def replay(
    candidate: Path,
    source: str,
    limit: int | None,
    max_changed: float | None,
    min_accuracy: float | None,
    html: Path | None,
    as_json: bool,
    token_file: Path | None,
) -> None:
    """Let the artifact in the folder CANDIDATE answer all recorded comments, and compare.

    It runs in this process and changes nothing. Accuracy is measured on corrected comments; if the
    candidate trained on corrections, on those that are held out.
    """
    artifact = artifacts.load(candidate)
    token = options.read_token(token_file)
    model = Model(artifact)
    # The garbage collector need not look at the model again and again: 5 % of the time.
    gc.freeze()
    about = artifact.manifest.data
    trained_on = feedback.trained_on(candidate) if "feedback" in about else {}
    answers = _answers(model, source, token, limit, trained_on)
    result = compare(model, about, answers)
    results.show(result, html, as_json, page, print_report)
    _refuse(result, max_changed, min_accuracy)


def _answers(
    model: Model, source: str, token: str, limit: int | None, trained_on: dict[str, str]
) -> Answers:
    records = islice(exports.read(source, token), limit)
    batches = console.count(exports.in_batches(records), len, "Answering", limit)
    answers = answer(model, batches, source, trained_on)
    if answers.digests == [model.digest]:
        raise DataError(f"{source}: all answers are the candidate's own; there is no other model.")
    return answers


def _refuse(result: dict[str, Any], max_changed: float | None, min_accuracy: float | None) -> None:
    changed, corrected = result["otherwise"]["share"], result["corrected"]
    if max_changed is not None and changed > max_changed:
        besides = " otherwise than as corrected" if result["learned"] else ""
        raise RefusedError(
            f"{changed:.2%} of the answers change{besides}, more than {max_changed:.2%}."
        )
    if min_accuracy is None:
        return
    if not corrected["rows"]:
        raise RefusedError("There is no corrected comment to measure accuracy on.")
    accuracy = corrected["after"]["accuracy"]["value"]
    if accuracy < min_accuracy:
        raise RefusedError(
            f"The candidate is right on {accuracy:.2%} of the corrected comments, less than "
            f"{min_accuracy:.2%}."
        )
