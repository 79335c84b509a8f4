"""Minimum functionality tests whose cases have labels of their own: those of reading.toml and
opinions.toml."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from string import Formatter

import msgspec

from bento.model.model import Sentiment
from training.evaluation.behaviour import Behaviour, is_labelled

__all__ = ["labelled"]

_FILES = ("reading.toml", "opinions.toml")
_ALLOWED: dict[str, tuple[Sentiment, ...]] = {
    "positive": ("positive",),
    "neutral": ("neutral",),
    "negative": ("negative",),
    "not_positive": ("negative", "neutral"),
    "not_negative": ("neutral", "positive"),
}


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The templates of one behaviour, by the answers that are right, and the words that replace
    the names in braces."""

    words: dict[str, list[str]] = {}
    positive: list[str] = []
    neutral: list[str] = []
    negative: list[str] = []
    not_positive: list[str] = []
    not_negative: list[str] = []


def labelled() -> Iterator[Behaviour]:
    """One behaviour for each table of the files, which has the behaviour's name."""
    for file in _FILES:
        content = Path(__file__).with_name(file).read_bytes()
        for name, table in msgspec.toml.decode(content, type=dict[str, _Table]).items():
            cases = [
                (text, allowed)
                for field, allowed in _ALLOWED.items()
                for template in getattr(table, field)
                for text in _filled(template, table.words)
            ]
            texts = tuple((text,) for text, _ in cases)
            yield Behaviour("MFT", name, texts, is_labelled(dict(cases)))


def _filled(template: str, words: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The template with every combination of the words that it names."""
    names = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    for chosen in product(*(words[name] for name in names)):
        yield template.format(**dict(zip(names, chosen, strict=True)))
