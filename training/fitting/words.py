"""The words by which the training documents are read: elongated words and hashtags are read as
common words rather than learnt as rare ones."""

from collections import Counter
from collections.abc import Container, Sequence
from math import log

from bento.model.reading.spelling import Speller
from bento.model.reading.tokens import normalise

__all__ = ["known"]

_RARE = 20
"""Forms in fewer documents are read as other words if they can be."""


def known(documents: Sequence[Sequence[str]], always: Container[str], least: int) -> Speller:
    """A speller of the forms in at least `least` documents and those of `always`, but for rare ones
    that are elongations of common words, or hashtags that consist of them.

    `documents` are lists of forms (see `bento.model.reading.text.forms`).
    """
    as_words: Counter[str] = Counter()
    as_tags: Counter[str] = Counter()
    for document in documents:
        for form in set(document):
            if form[0] != "#":
                as_words[form] += 1
            elif (whole := normalise(form[1:])) is not None:
                as_tags[whole] += 1
    frequency = as_words + as_tags
    total = len(documents)
    idf = {
        form: log((1 + total) / (1 + count)) + 1
        for form, count in frequency.items()
        if count >= least or form in always
    }
    common = Speller(
        {form: idf[form] for form in idf if frequency[form] >= _RARE or form in always}
    )

    def is_read_as_others(form: str) -> bool:
        is_tag = as_words[form] < least and len(common.words(f"#{form}")) > 1
        return is_tag or common.word(form) != form

    return Speller({form: idf[form] for form in idf if not is_read_as_others(form)})
