"""The options of both commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

__all__ = ["LOCAL", "of_model", "shared"]

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".data" / "deploy"
LOCAL = "http://127.0.0.1:8000"
REPLAYED = 100_000
MAX_CHANGED = 0.1
"""Of the answers to recorded comments: most who wrote a comment should not notice another model."""

_Command = Callable[..., None]

_MODEL = (
    click.option(
        "--data",
        multiple=True,
        type=click.Path(path_type=Path),
        help="CSV file (text,label) to train on; repeatable.",
    ),
    click.option(
        "--feedback",
        multiple=True,
        metavar="URL|FILE",
        help="Users' corrections to train on; repeatable.",
    ),
    click.option(
        "--candidate",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        help="Instead of training: the folder of an artifact.",
    ),
    click.option(
        "--max-changed",
        type=click.FloatRange(0, 1),
        default=MAX_CHANGED,
        show_default=True,
        help="Refuse if a larger share of the recorded answers changes, not counting those that "
        "are now as corrections say that the model trained on.",
    ),
    click.option(
        "--min-accuracy",
        type=click.FloatRange(0, 1),
        help="Refuse if a smaller share of corrected comments is right.",
    ),
    click.option(
        "--replay",
        "limit",
        type=click.IntRange(min=0),
        default=REPLAYED,
        show_default=True,
        help="Replay so many of the newest comments; 0 replays none.",
    ),
    click.option(
        "--debian", "is_debian", is_flag=True, help="Build the image on Debian's packages."
    ),
    click.option(
        "--load",
        envvar="LOAD",
        default="",
        help="Command that brings $IMAGE to the cluster, in place of k8s/load.sh's.  [env: LOAD]",
    ),
    click.option(
        "--image-only", is_flag=True, help="End once the image is there: git brings its tag."
    ),
)

_SHARED = (
    click.option(
        "--url",
        help="Base URL of the gateway; if empty, a rollback is not verified."
        f"  [without a cluster: {LOCAL}]",
    ),
    click.option(
        "--token-file",
        type=click.Path(path_type=Path),
        help="File with a token that has the roles read and submit.",
    ),
    click.option(
        "--overlay",
        default="",
        help="Overlay of a cluster, a folder or its name in k8s/overlays; without it, this"
        " machine's `make up`.",
    ),
    click.option(
        "--kubeconfig",
        envvar="KUBECONFIG",
        default=str(Path.home() / ".kube" / "config"),
        show_default="~/.kube/config",
        help="File with the access to the cluster.  [env: KUBECONFIG]",
    ),
    click.option("--context", default="", help="Context in it.  [default: the current one]"),
    click.option(
        "--artifact",
        envvar="BENTO_ARTIFACT_DIR",
        default=ROOT / "bento" / "artifact",
        show_default="bento/artifact",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder from which `make up` serves.  [env: BENTO_ARTIFACT_DIR]",
    ),
    click.option(
        "--work",
        default=WORK,
        show_default=".data/deploy",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for candidates, former models and logs.",
    ),
)


def of_model(command: _Command) -> _Command:
    """Add the options that say which model, and how far it may differ."""
    return _with(_MODEL, command)


def shared(command: _Command) -> _Command:
    """Add the options that say where."""
    return _with(_SHARED, command)


def _with(options: tuple[Callable[[_Command], _Command], ...], command: _Command) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command
