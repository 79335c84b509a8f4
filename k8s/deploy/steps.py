"""The steps of a deployment and of a rollback, each of which puts back what it cannot finish."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator

from k8s.deploy import candidate as candidates
from k8s.deploy.candidate import Candidate
from k8s.deploy.errors import DeployError
from k8s.deploy.progress import Progress
from k8s.deploy.service import Service, short
from k8s.deploy.target import Target

__all__ = ["SIGNALS", "deploy", "rollback"]

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


def deploy(
    target: Target,
    service: Service,
    progress: Progress,
    *,
    make: Callable[[], Candidate],
    replay: Callable[[Candidate], None] | None,
    is_applied: bool,
) -> None:
    """Let a candidate serve in place of the model that does.

    Args:
        target: where.
        service: answers, before and after.
        progress: of the steps.
        make: makes the candidate, which takes minutes if it is trained.
        replay: lets the candidate answer recorded comments; not done if None.
        is_applied: whether to go on once the version is there.

    Raises:
        DeployError: it was not done; the former model serves.
        Interrupted: likewise.
    """
    with contextlib.ExitStack() as stack:
        with progress.step("check", service.site.url) as step:
            has_records = replay is not None and service.has_records()
            stack.enter_context(target.locked())
            models = service.steady()
            step.found = f"{target.check(models)}; {short(models)} answers"
        candidate = make()
        if target.is_settled and models == {candidate.digest}:
            raise DeployError(f"{short([candidate.digest])} runs already: nothing is to be done")
        with progress.step("gate") as step:
            said = candidates.verdict(candidate)
            step.found = f"{candidate.digest} {said}"
            if not said:
                step.skip(f"{candidate.digest} has no card that tells")
        with progress.step("replay", service.site.url, is_silent=False) as step:
            if replay is None or not has_records:
                step.skip("no recorded comments" if replay else "left out")
            else:
                replay(candidate)
        with progress.step("bring", "takes minutes if it is an image") as step:
            version = step.found = target.prepare(candidate)
        if is_applied:
            _change(target, service, progress, version, models)


def rollback(target: Target, service: Service | None, progress: Progress) -> None:
    """Go back to the version before.

    Args:
        target: where.
        service: answers after, and a gateway is there before; without it, only the target is asked.
        progress: of the steps.

    Raises:
        DeployError: it was not done; what served before does.
        Interrupted: likewise.
    """
    with contextlib.ExitStack() as stack:
        with progress.step("check", service.site.url if service else "") as step:
            # What is to be left behind may not answer; who answers, and the token, must be right.
            models = service.answering() if service else set()
            stack.enter_context(target.locked())
            step.found = target.check(set())
            version = target.previous()
        with progress.step("back") as step:
            digest = target.digest(version)
            step.found = f"to {version}" + (f" ({digest})" if digest not in version else "")
        _change(target, service, progress, version, models)


def _change(
    target: Target, service: Service | None, progress: Progress, version: str, models: set[str]
) -> None:
    digest = target.digest(version)
    with _or_back(target, service, progress, models):
        with progress.step("apply", version):
            target.apply(version)
        with progress.step("wait", "until it is ready"):
            target.wait(version)
        with progress.step("verify", "the answers") as step:
            if service:
                digest = service.expect(digest)
                step.found = f"{digest} answers"
            else:
                step.skip("no service to ask")
    with _undisturbed(progress, "it is done …"), progress.step("keep") as step:
        step.found = target.keep(version, digest)


@contextlib.contextmanager
def _or_back(
    target: Target, service: Service | None, progress: Progress, models: set[str]
) -> Iterator[None]:
    """Put the stable version back if the context does not end well."""
    try:
        yield
    except BaseException as failure:
        with _undisturbed(progress, "the former one is being put back …"):
            try:
                with progress.step("put back", target.stable) as step:
                    target.apply(target.stable)
                    target.wait(target.stable)
                    if service and len(models) == 1:
                        step.found = f"{service.expect(min(models))} answers again"
                    else:
                        step.found = (
                            f"{target.stable} is there again; its answers were not verified"
                        )
            except Exception as error:
                raise DeployError(
                    f"{failure}; {target.stable} could not be put back: {error}; once that is"
                    " mended: make rollback"
                ) from failure
        raise


@contextlib.contextmanager
def _undisturbed(progress: Progress, doing: str) -> Iterator[None]:
    """Until the context ends, Ctrl-C shows what is being done, and only SIGKILL ends it."""

    def heard(*_: object) -> None:
        progress.say(doing)

    before = {number: signal.signal(number, heard) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
