"""The model that is to be deployed: a folder with an artifact, given or trained."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from k8s.deploy import models, programs
from k8s.deploy.errors import DeployError
from k8s.deploy.service import Service
from processes import module

__all__ = ["Candidate", "check", "load", "replay", "train", "verdict"]


class Candidate(NamedTuple):
    """An artifact that was read and verified."""

    folder: Path
    digest: str


def load(folder: Path) -> Candidate:
    """
    Raises:
        DeployError: there is no artifact, or it is damaged or of another format.
    """
    return Candidate(folder, models.digest(folder))


def check(data: Sequence[Path], feedback: Sequence[str]) -> None:
    """Whether there is what a model is to be trained on.

    Raises:
        DeployError: a file cannot be read, or no gateway answers at a URL.
    """
    files = [("DATA", file) for file in data]
    for each in feedback:
        if each.lower().startswith(("http://", "https://")):
            Service(each).reach()
        else:
            files.append(("FEEDBACK", Path(each)))
    for name, file in files:
        try:
            file.open("rb").close()
        except OSError as error:
            raise DeployError(f"{name} {file}: {error.strerror}") from None


def train(
    folder: Path, current: Path, data: Sequence[Path], feedback: Sequence[str], token: Path | None
) -> Candidate:
    """Train, and let the gate judge.

    Args:
        folder: gets the artifact; what it has is removed.
        current: the folder of the model to be replaced, with which the gate compares on users'
            corrections.
        data: the user's CSV files.
        feedback: the URLs of gateways, and files, with users' corrections.
        token: a file, for the URLs.

    Raises:
        DeployError: the training failed, or the gate refused.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if (current / "artifact.json").exists():
        shutil.copytree(current, folder)
    options = [f"--data={file}" for file in data] + [f"--feedback={each}" for each in feedback]
    programs.show(module("training", "train", f"--output={folder}", *options, *_token(token)))
    return load(folder)


def verdict(candidate: Candidate) -> str:
    """What the gate said when the candidate was trained, as its model card tells; empty if it has
    none."""
    try:
        gate = json.loads((candidate.folder / "card.json").read_text())["gate"]
        return str(gate["verdict"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def replay(
    candidate: Candidate,
    url: str,
    *,
    token: Path | None,
    limit: int,
    max_changed: float,
    min_accuracy: float | None,
    html: Path,
) -> None:
    """Let the candidate answer the newest recorded comments.

    Args:
        candidate: that answers.
        url: of the gateway that has the records.
        token: a file.
        limit: so many comments.
        max_changed: the largest share of the answers that may change.
        min_accuracy: on corrected comments, as a share.
        html: gets the page with what changes.

    Raises:
        DeployError: too much would change, or the records cannot be had.
    """
    html.parent.mkdir(parents=True, exist_ok=True)
    options = [f"--from={url}", f"--limit={limit}", f"--max-changed={max_changed}"]
    if min_accuracy is not None:
        options.append(f"--min-accuracy={min_accuracy}")
    programs.show(
        module("training", "replay", str(candidate.folder), *options, f"--html={html}")
        + _token(token)
    )


def _token(file: Path | None) -> list[str]:
    return [f"--token-file={file}"] if file else []
