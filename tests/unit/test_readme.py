"""What the documentation names exists: settings, commands, options, links and files.

tests/process/test_readme_commands.py runs the commands.
"""

from __future__ import annotations

import functools
import re
import shlex
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import bento.__main__
import gateway.__main__
import k8s.deploy.__main__
import k8s.doctor.__main__
import k8s.overlay
import loadtest.__main__
import training.__main__
from loadtest.users import options
from tests import documentation
from tests.documentation import ROOT, SETTINGS, Document

BIN = Path(sys.executable).parent
DOCUMENTS = documentation.documents()
PROGRAMS: dict[str, click.Command] = {
    "bento": bento.__main__.main,
    "gateway": gateway.__main__.main,
    "k8s.deploy": k8s.deploy.__main__.main,
    "k8s.doctor": k8s.doctor.__main__.main,
    "k8s.overlay": k8s.overlay.main,
    "loadtest": loadtest.__main__.main,
    "training": training.__main__.cli,
}
EVERY_COMMAND = sorted({each for file in DOCUMENTS for each in (*file.commands, *file.spans)})

of_each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=str)


@pytest.mark.parametrize("file", SETTINGS, ids=str)
def test_the_settings_and_metrics_are_those_of_the_code(file: Path) -> None:
    text = file.read_text()
    assert documentation.with_tables(file, text) == text, (
        "`python -m tests.documentation` writes the tables"
    )


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_ids_are_of_the_version_that_is_made() -> None:
    texts = [(ROOT / name).read_text() for name in ("README.md", "gateway/README.md")]
    ids = {
        uuid.UUID(each)
        for text in texts
        for each in re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]+){4}", text)
    }
    assert {each.version for each in ids} == {7}


def matches(pattern: str) -> list[str]:
    """The first groups of all commands that the pattern fits."""
    return sorted({match[1] for each in EVERY_COMMAND if (match := re.match(pattern, each))})


@pytest.mark.parametrize("target", matches(r"(?:[A-Z_]+=\S+ )*make ([a-z-]+)"))
def test_make_targets_exist(target: str) -> None:
    # What it needs may not be there: only whether make knows it.
    command = ["make", "--dry-run", target]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


@pytest.mark.parametrize(
    "arguments", matches(r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?python -m (\S.*)"), ids=str
)
def test_python_commands_and_their_options_exist(arguments: str) -> None:
    first, _, _ = arguments.partition(" && ")
    name, *rest = shlex.split(re.sub(r"[\[\]…]", " ", first))
    if name not in PROGRAMS:
        subprocess.run(
            [sys.executable, "-c", f"import importlib.util as u; assert u.find_spec({name!r})"],
            cwd=ROOT,
            check=True,
        )
        return
    command = PROGRAMS[name]
    if isinstance(command, click.Group) and rest and not rest[0].startswith("--"):
        subcommands = commands_of(command)
        assert rest[0] in subcommands
        command = subcommands[rest[0]]
    assert {each for each in rest if each.startswith("--")} <= set(options_of(command))


def options_of(command: click.Command) -> Iterator[str]:
    """A command's options and those of its subcommands."""
    for parameter in command.params:
        yield from parameter.opts
    for each in commands_of(command).values() if isinstance(command, click.Group) else ():
        yield from options_of(each)


def commands_of(group: click.Group) -> dict[str, click.Command]:
    """A group's commands by name, those that it imports on demand, too."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    commands = {name: command for name, command in found.items() if command}
    assert commands.keys() == found.keys()
    return commands


class Recorder:
    """Stands in for Locust's parser; keeps the options that are added."""

    def __init__(self) -> None:
        self.options: list[str] = []

    def add_argument(self, option: str, **_: object) -> None:
        self.options.append(option)


@functools.cache
def locust_options() -> set[str]:
    """Locust's own and ours, which `locust --help` does not know."""
    ours = Recorder()
    options.add(ours)
    command = [str(BIN / "locust"), "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {*ours.options, *re.findall(r"--[\w-]+", shown)}


@pytest.mark.parametrize("arguments", matches(r"\.venv/bin/locust (.*)"))
def test_locust_options_exist(arguments: str) -> None:
    assert {each for each in shlex.split(arguments) if each.startswith("--")} <= locust_options()


@pytest.mark.parametrize("option", matches(r"(--[a-z][a-z0-9-]+)$"))
def test_options_that_are_named_exist(option: str) -> None:
    ours = {each for command in PROGRAMS.values() for each in options_of(command)}
    assert option in ours | locust_options()


@of_each_document
def test_links_lead_somewhere(document: Document) -> None:
    for link in document.links:
        path, _, fragment = link.partition("#")
        target = (document.path.parent / path).resolve() if path else document.path
        assert target.exists(), link
        if fragment:
            page = target / "README.md" if target.is_dir() else target
            assert fragment in Document(page).anchors, link


PATH = re.compile(r"\.?\w[\w.-]*(/[\w.*-]+)+/?")
NAME = re.compile(r"[\w-]+\.(json|md|npz|py|sh|toml|ya?ml)")
MAKES = re.compile(r"mkdir -p (\S+)")


@of_each_document
def test_files_exist(document: Document) -> None:
    made = {match[1] for each in EVERY_COMMAND if (match := MAKES.search(each))}
    words = [word for command in document.commands for word in command.split() if "/" in word]
    for each in {*document.spans, *words} - made:
        if each.startswith(".venv/bin/"):
            assert (BIN / Path(each).name).exists(), each
        elif any(each.startswith(f"{folder}/") for folder in made):
            continue
        elif NAME.fullmatch(each):
            assert each in names(), each
        elif PATH.fullmatch(each) and not exists(document.path.parent, each):
            # Only the first folder tells a path from an expression such as `application/json`.
            assert not (ROOT / each.partition("/")[0]).exists(), each


@functools.cache
def names() -> set[str]:
    """The names of all files that git or the artifact has."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {Path(line).name for line in listed.splitlines()} | {"artifact.json", "arrays.npz"}


def exists(folder: Path, name: str) -> bool:
    """Whether there is such a file, or git ignores it because something makes it."""
    if any(list(base.glob(name.rstrip("/"))) for base in (ROOT, folder)):
        return True
    return subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT).returncode == 0
