"""The documentation as data: its files, their commands, and the tables that the code determines.

`python -m tests.documentation` writes the tables of settings and metrics into the READMEs.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import msgspec

import bento.metrics
import gateway.metrics
from bento.settings import Settings as BentoSettings
from gateway.settings import Settings as GatewaySettings
from tests.support.metrics import VALUES, declared

ROOT = Path(__file__).parents[1]
SETTINGS: dict[Path, list[type[msgspec.Struct]]] = {
    ROOT / "gateway/README.md": [GatewaySettings],
    ROOT / "bento/README.md": [BentoSettings],
}

METRICS: dict[Path, ModuleType] = {
    ROOT / "gateway/README.md": gateway.metrics,
    ROOT / "bento/README.md": bento.metrics,
}

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)$", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|\s+)#\s.*$", re.MULTILINE)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


class Document(NamedTuple):
    """A Markdown file."""

    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def prose(self) -> str:
        """The text without its code blocks."""
        return _FENCE.sub("", self.text)

    @property
    def commands(self) -> list[str]:
        """What a reader is to type, without comments: the `$` lines of console blocks."""
        blocks = [block for language, block in _FENCE.findall(self.text) if language == "console"]
        return [
            _COMMENT.sub("", command).strip()
            for block in blocks
            for command in _COMMAND.findall(block)
            if not command.startswith("#")
        ]

    @property
    def spans(self) -> list[str]:
        """What stands in backticks within the prose."""
        return _SPAN.findall(self.prose)

    @property
    def links(self) -> list[str]:
        """The targets of links and pictures that are not on the web."""
        return [link for link in _LINK.findall(self.prose) if "://" not in link]

    @property
    def anchors(self) -> set[str]:
        """The fragments that GitHub gives the headings."""
        headings = [
            re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(self.prose)
        ]
        return {heading.replace(" ", "-") for heading in headings}


def documents() -> list[Document]:
    """All Markdown files of the project."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Document(ROOT / name) for name in names.splitlines()]


def settings_table(structs: list[type[msgspec.Struct]]) -> str:
    """The settings with their defaults and descriptions, as a Markdown table."""
    rows = [row for struct in structs for row in _rows(struct)]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows, ""])


def _rows(struct: type[msgspec.Struct]) -> Iterator[str]:
    info = msgspec.inspect.type_info(struct)
    assert isinstance(info, msgspec.inspect.StructType)
    for field in info.fields:
        assert isinstance(field.type, msgspec.inspect.Metadata)
        meaning = (field.type.extra_json_schema or {})["description"]
        default = str(field.default).removeprefix(f"{ROOT}/")
        shown = f"`{default}`" if default and field.default is not None else ""
        yield f"| `{field.encode_name}` | {shown} | {meaning} |"


def metrics_table(module: ModuleType) -> str:
    """The metrics with their labels and help, as a Markdown table."""
    lines = ["| metric | type | labels | meaning |", "|---|---|---|---|"]
    for metric in sorted(declared(module)):
        # A histogram has three kinds of series, whose names begin with its own.
        name = metric.name if metric.type == "histogram" else metric.samples[0]
        values = VALUES.get(metric.name, {})
        labels = ", ".join(
            f"`{label}`" + (f" ({', '.join(values[label])})" if label in values else "")
            for label in metric.labels
        )
        lines.append(f"| `{name}` | {metric.type} | {labels} | {metric.help} |")
    return "\n".join([*lines, ""])


def with_tables(file: Path, text: str) -> str:
    """The text with the tables between their markers as the code determines them.

    Args:
        file: that has the text.
        text: with `<!-- settings: … -->` and `<!-- metrics: … -->`.

    Raises:
        ValueError: there are no markers, or more than one pair.
    """
    tables = {
        "settings": settings_table(SETTINGS[file]),
        "metrics": metrics_table(METRICS[file]),
    }
    for name, table in tables.items():
        start, end = rf"<!-- {name}:[^\n]* -->\n", rf"<!-- /{name} -->"
        parts = re.split(f"({start}).*?({end})", text, flags=re.DOTALL)
        if len(parts) != 4:
            raise ValueError(f"{len(parts) // 3} tables of {name} instead of one")
        before, opening, closing, after = parts
        text = before + opening + table + closing + after
    return text


if __name__ == "__main__":
    for file in SETTINGS:
        file.write_text(with_tables(file, file.read_text()))
