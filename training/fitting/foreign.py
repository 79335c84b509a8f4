"""Words of other languages that are never terms of a model.

A few of them occur in the training texts. If a model knew them, a short sentence of known words
("Das ist so bad") would pass for English; unknown, they make its language doubtful (see
`bento.model.language`). Listed are frequent words that are neither English nor names.
"""

from bento.model.reading.text import NEGATION_SUFFIX
from bento.model.reading.tokens import fold

__all__ = ["is_foreign"]

_WORDS = """
    ist und nicht ich sehr auch nur wir sie das dem der ein eine einen einer keine kein mit auf nach
    wurde habe haben sind werden wird mein meine mich ganz immer leider danke aber oder wenn schon
    noch mehr wieder alles nichts dass bei zum zur vom beim schlecht
    c'est j'ai n'est qu'il d'un d'une très pas avec une dans cette être était sont vous nous avons
    mais rien toujours jamais beaucoup trop bien je ils qui que
    muy pero está este porque por más una bueno buena malo mala fue tiene como estoy mucho nunca
    siempre también che sono molto questo questa della anche più niente perché gli tutto bello nel
    não muito muita isso foi minha meu você bom
    het een niet ik voor maar ook heel goed geen dit deze zijn erg
    och inte jag det mycket jeg ikke og meget veldig että hyvä olen mutta
    nie jest się bardzo dobry dziękuję jak jsem velmi nem nagyon egy ez
    bir çok değil güzel için yang tidak untuk sangat saya bagus ini
    hai nahi nahin bahut accha acha kya bhi hain foarte ang ng sobrang ako naman
"""
_FOREIGN = frozenset(map(fold, _WORDS.split()))


def is_foreign(term: str) -> bool:
    """Whether a term, a token or a pair of tokens, has a word of another language."""
    return not _FOREIGN.isdisjoint(term.removesuffix(NEGATION_SUFFIX).split(" "))
