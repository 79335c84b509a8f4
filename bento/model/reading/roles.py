"""What a word does to others: it negates, ends a negation, asks, wishes and so on.

A role is a number whose bits tell that, as a word may do several things; most words have 0.
"""

from bento.model.reading.tokens import CONTRACTED

__all__ = [
    "ANSWERS",
    "ANYTHING",
    "ASIDE",
    "ASKS",
    "AT",
    "BREAKS",
    "BUT",
    "CLOSES",
    "COMMA",
    "DENIES",
    "DOUBTS",
    "EMPTY",
    "ENDS",
    "EXPECTS",
    "FAR",
    "FREE",
    "FROM",
    "HAVE",
    "HYPHEN",
    "IS_NOT",
    "LEAD",
    "LESS",
    "LINE",
    "MORE",
    "NEGATES",
    "OBJECT",
    "PERFECT",
    "PLACE",
    "SAYS",
    "SHIFTERS",
    "SHIFTS",
    "SPEAKER",
    "SUBJECT",
    "TELLS",
    "THAN",
    "VERB",
    "WELL",
    "WISHED",
    "WISHES",
    "WOULD",
    "WRONG",
    "ends_negation",
    "role",
]

_BREAKS = """
    . .. : ; ! !! ? ?? !? ( ) " <> but although though however
"""
BREAKS = frozenset(_BREAKS.split())
"""Punctuation and words that end the scope of a negation. `<>` is a line break or an HTML tag."""
# fmt: off
(
    NEGATES, ENDS, CLOSES, ASKS, LINE, TELLS, COMMA, OBJECT, EMPTY, SPEAKER,
    SAYS, WISHES, EXPECTS, WOULD, THAN, MORE, VERB, WRONG, DOUBTS,
    ANYTHING, BUT, FAR, FROM, FREE, HYPHEN, ANSWERS, ASIDE,
    LESS, IS_NOT, SUBJECT, WISHED, WELL, HAVE, PERFECT, AT, LEAD, PLACE,
) = (1 << bit for bit in range(37))
# fmt: on

_ROLES = {
    NEGATES: f"""
        no not never nothing nobody none noone neither nor nowhere without hardly barely zero
        lack lacks lacking {" ".join(CONTRACTED)}
    """,
    # What denies at the end of a sentence; other negations do only after a question.
    ANSWERS: f"no not never none nope nah {' '.join(CONTRACTED)}",
    ENDS: _BREAKS,
    # Signs after which a negation has nothing left to negate.
    CLOSES: ". .. : ; ! !! ? ?? !? ) <> ,",
    ASKS: "? ?? !? :",
    LINE: "<>",
    COMMA: ",",
    # What is denied by "no problem" or "without a doubt"; the words after it are not.
    OBJECT: """
        problem problems doubt doubts issue issues complaint complaints regret regrets trouble
        troubles hassle fault faults worry worries hesitation exaggeration reservations question
        questions flaws drawbacks downsides stress bug bugs error errors glitch glitches
    """,
    # Words of "it is not", "they certainly did not".
    EMPTY: """
        i you he she it we they this that there is was are were am be been do does did has have had
        will would can could so too just really definitely absolutely certainly probably sadly
        unfortunately honestly actually simply and well oh hell boy how totally completely sure
        still they're it's
    """,
    SPEAKER: "i we",
    SAYS: "think say said says believe find call called consider feel claim suppose imagine",
    WISHES: "wish",
    # Words right after "wish", and words near it, with which it regrets nothing: "I wish to thank
    # you", "I wish Tom all the best".
    WISHED: "to i'd you everyone everybody all him her them us more",
    WELL: "best success luck well happy",
    EXPECTS: """
        thought thinking expected expecting hoped hoping afraid worried feared fearing scared
        assumed assuming figured
    """,
    # It reverses in "would have been", and after an expectation.
    WOULD: "would wouldn't",
    HAVE: "have",
    PERFECT: "been liked preferred appreciated",
    THAN: "than",
    MORE: "more other else",
    VERB: """
        fail fails failed failing refuse refuses refused stopped stops cured cures fixed fixes
        solved solves relieved relieves healed heals prevents prevented eliminates eliminated
        ruined ruins spoiled spoils replaced
    """,
    # After these words such a verb ends nothing: "stopped at", "fixed it".
    ASIDE: "at by in for here it them me us everything",
    WRONG: "wrong",
    # "or not", "why not" deny nothing.
    DOUBTS: "or why if whether",
    # Words of "anything but good", "far from good", "trouble-free".
    ANYTHING: "anything",
    BUT: "but",
    FAR: "far",
    FROM: "from",
    # "far from home" tells a distance.
    PLACE: "home my our your",
    FREE: "free",
    HYPHEN: "-",
    # "less tasty", but neither "at least" nor "in the least".
    LESS: "less least",
    AT: "at in",
    # "Isn't it lovely" negates nothing.
    IS_NOT: "isn't wasn't aren't weren't ain't",
    SUBJECT: "it he she they",
    LEAD: "and oh well so",
}
DENIES = NEGATES | ANSWERS
SHIFTS = DENIES | WISHES | WOULD | THAN | VERB | WRONG | ANYTHING | FAR | FREE | LESS
_BITS: dict[str, int] = {}
for _bit, _words in _ROLES.items():
    for _word in _words.split():
        _BITS[_word] = _BITS.get(_word, 0) | _bit

SHIFTERS = frozenset(word for word, bits in _BITS.items() if bits & SHIFTS)
"""Words without which nothing in a text is reversed."""


def ends_negation(token: str) -> bool:
    """Whether a token's normal form ends the scope of a negation: breaks do, and so do ratings,
    emoji and emoticons, which tell the opinion themselves ("didn't like it 2/10").

    >>> [ends_negation(token) for token in [".", "2/10", "🙁", ":(", "good"]]
    [True, True, True, True, False]
    """
    if token in BREAKS or token.endswith("/10"):
        return True
    if token[0].isalnum():
        return "_" in token or token in {"t.t", "d:"}
    # A single sign is an emoji if it is not among the punctuation of ASCII and Latin-1.
    return len(token) > 1 or ord(token) >= 0x2190


def role(token: str) -> int:
    """What a token's normal form does to others, for `reversed_words`; 0 for most."""
    bits = _BITS.get(token, 0)
    if token not in BREAKS and ends_negation(token):
        bits |= ENDS | CLOSES | TELLS
    return bits
