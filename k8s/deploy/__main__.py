"""`python -m k8s.deploy`: another model for a running installation, and the way back."""

from __future__ import annotations

import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

try:
    import click
    from rich.console import Console

    from k8s.deploy import candidate as candidates
    from k8s.deploy import options
    from k8s.deploy.candidate import Candidate
    from k8s.deploy.cluster.images import Loading
    from k8s.deploy.cluster.overlay import Overlay
    from k8s.deploy.cluster.rollout import Rollout
    from k8s.deploy.errors import DeployError, Interrupted, ProgramError
    from k8s.deploy.machine import Machine
    from k8s.deploy.models import Models
    from k8s.deploy.progress import Progress
    from k8s.deploy.service import Service
    from k8s.deploy.steps import SIGNALS, deploy, rollback
    from k8s.deploy.target import Target
    from k8s.doctor.check import FailedError, SkippedError
    from k8s.doctor.site import is_loopback, read_token
except ModuleNotFoundError as missing:
    sys.exit(f"deploy: {missing.name} is not installed; `make develop` installs what this needs")


class _OneLine(click.Group):
    """A group whose commands end with one line and an exit code, whatever happens."""

    def invoke(self, ctx: click.Context) -> Any:
        def interrupted(number: int, _: object) -> None:
            raise Interrupted(number)

        for each in SIGNALS:
            signal.signal(each, interrupted)
        try:
            return super().invoke(ctx)
        except ProgramError:
            sys.exit(1)  # it has said why
        except (DeployError, FailedError, SkippedError, OSError) as error:
            advice = f"; {error.advice}" if isinstance(error, FailedError) else ""
            text = " ".join(f"{error}{advice}".split())
            sys.exit(f"deploy: {''.join(each if each.isprintable() else ' ' for each in text)}")
        except Interrupted as error:
            click.echo(f"deploy: {error}; the former model serves", err=True)
            sys.exit(128 + error.number)


@click.group(cls=_OneLine, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Let another model serve, or the former one again."""


@main.command(name="model")
@options.of_model
@options.shared
def model(
    data: tuple[Path, ...],
    feedback: tuple[str, ...],
    folder: Path | None,
    max_changed: float,
    min_accuracy: float | None,
    limit: int,
    is_debian: bool,
    load: str,
    image_only: bool,
    **where: Any,
) -> None:
    """Train a model, or take one; replay it, put it there, and verify that it answers.

    If it does not become ready or answers wrong, or at Ctrl-C, the former one is put back.
    """
    if folder and (data or feedback):
        raise DeployError("give CANDIDATE, or DATA and FEEDBACK to train on, but not both")
    if not (folder or data or feedback):
        raise DeployError("nothing to deploy: give DATA or FEEDBACK to train on, or CANDIDATE")
    if image_only and not where["overlay"]:
        raise DeployError("IMAGE_ONLY needs OVERLAY")
    work: Path = where["work"]
    token: Path | None = where["token_file"]
    # What can be told now is not told after minutes.
    candidates.check(data, feedback)
    given = candidates.load(folder) if folder else None
    loading = Loading(work / "image.log", is_debian, command=load)
    target, service = _target(loading, is_applied=not image_only, **where), _service(**where)
    progress = Progress(Console(highlight=False))

    def make() -> Candidate:
        if given:
            return given
        with progress.step("train", "takes some minutes", is_silent=False):
            return candidates.train(work / "candidate", where["artifact"], data, feedback, token)

    replay = partial(
        candidates.replay,
        url=service.site.url,
        token=token,
        limit=limit,
        max_changed=max_changed,
        min_accuracy=min_accuracy,
        html=work / "replay.html",
    )
    deploy(
        target,
        service,
        progress,
        make=make,
        replay=replay if limit else None,
        is_applied=not image_only,
    )


@main.command(name="rollback")
@options.shared
def back(**where: Any) -> None:
    """Let the former model serve again, say which, and verify that it answers."""
    target = _target(Loading(where["work"] / "image.log"), is_applied=True, **where)
    # Who leaves it out on this machine means the default.
    is_asked = where["url"] or (where["url"] is None and not where["overlay"])
    service = _service(**where) if is_asked else None
    rollback(target, service, Progress(Console(highlight=False)))


def _target(
    loading: Loading,
    *,
    is_applied: bool,
    overlay: str,
    kubeconfig: str,
    context: str,
    artifact: Path,
    work: Path,
    **_: Any,
) -> Target:
    if not overlay:
        return Machine(Models(artifact, work / "models"), work)
    # Here, because it takes two seconds.
    from k8s.doctor.api import Cluster

    found = Overlay(overlay)
    if found.is_shipped and found.folder.name == "kind":
        # As k8s/kind.sh: not what happens to be the current context.
        context = context or "kind-valence"
    loading = loading._replace(
        kind=context.removeprefix("kind-") if context.startswith("kind-") else ""
    )
    cluster = Cluster(kubeconfig, found.namespace, context or None)
    return Rollout(
        cluster, found, Models(artifact, work / "models"), loading, is_applied=is_applied
    )


def _service(*, url: str | None, token_file: Path | None, overlay: str, **_: Any) -> Service:
    if overlay and not url:
        raise DeployError("give URL, the address of the cluster's Ingress")
    try:
        service = Service(url or options.LOCAL, read_token(token_file) if token_file else "")
    except ValueError as error:
        raise DeployError(str(error)) from None
    if not overlay and not is_loopback(service.site.host):
        raise DeployError(f"{url} is not this machine: give OVERLAY, of the cluster that is there")
    return service


if __name__ == "__main__":
    main()
