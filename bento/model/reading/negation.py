"""Which words of a text mean the opposite of what they say: after a negation ("not good"), a phrase
("far from good"), a comparison ("than that awful one"), an expectation ("I thought it would be
dull") or a verb that ends something ("cured my rash"), and before an answer that denies them ("Any
problems? No", "It looks nice. It is not.") or "free" ("trouble-free"). Linguists call the words
that do this valence shifters (Polanyi and Zaenen 2004, "Contextual Valence Shifters").

What a word does is written as the bits of a number, its role. Training finds roles by words and
serving by numbers; both ask `reversed_words`.
"""

from collections.abc import Sequence

from bento.model.reading.tokens import CONTRACTED

__all__ = ["BREAKS", "SCOPE", "SHIFTERS", "ends_negation", "reversed_words", "role"]

_BREAKS = """
    . .. : ; ! !! ? ?? !? ( ) " <> but although though however
"""
BREAKS = frozenset(_BREAKS.split())
"""Punctuation and words that end the scope of a negation. `<>` is a line break or an HTML tag."""
SCOPE = 3
"""Words after a negation that it reverses, unless a break comes first. Reversing up to the next
break, as `nltk.sentiment.util.mark_negation` does, was 0.15 points worse in trials."""
_SAID = 5
"""Words that it reverses after a verb of saying or thinking in its scope: "I don't think it is"."""
_DENIED = 4
"""Words that a denial reverses before it."""
_BETWEEN = 4
"""Words without content, and signs, that may stand between a denial and what it denies."""

# fmt: off
(
    _NEGATES, _ENDS, _CLOSES, _ASKS, _LINE, _TELLS, _COMMA, _OBJECT, _EMPTY, _SPEAKER,
    _SAYS, _WISHES, _EXPECTS, _WOULD, _THAN, _MORE, _VERB, _WRONG, _DOUBTS,
    _ANYTHING, _BUT, _FAR, _FROM, _FREE, _HYPHEN, _ANSWERS, _ASIDE,
) = (1 << bit for bit in range(27))
# fmt: on

_ROLES = {
    _NEGATES: f"""
        no not never nothing nobody none noone neither nor nowhere without hardly barely zero
        lack lacks lacking {" ".join(CONTRACTED)}
    """,
    # What denies at the end of a sentence; other negations do only after a question.
    _ANSWERS: f"no not never none nope nah {' '.join(CONTRACTED)}",
    _ENDS: _BREAKS,
    # Signs after which a negation has nothing left to negate.
    _CLOSES: ". .. : ; ! !! ? ?? !? ) <> ,",
    _ASKS: "? ?? !? :",
    _LINE: "<>",
    _COMMA: ",",
    # What is denied by "no problem" or "without a doubt"; the words after it are not.
    _OBJECT: """
        problem problems doubt doubts issue issues complaint complaints regret regrets trouble
        troubles hassle fault faults worry worries hesitation exaggeration reservations question
        questions flaws drawbacks downsides stress bug bugs error errors glitch glitches
    """,
    # Words of "it is not", "they certainly did not".
    _EMPTY: """
        i you he she it we they this that there is was are were am be been do does did has have had
        will would can could so too just really definitely absolutely certainly probably sadly
        unfortunately honestly actually simply and well oh hell boy how totally completely sure
        still they're it's
    """,
    _SPEAKER: "i we",
    _SAYS: "think say said says believe find call called consider feel claim suppose imagine",
    _WISHES: "wish",
    _EXPECTS: """
        thought thinking expected expecting hoped hoping afraid worried feared fearing scared
        assumed assuming figured
    """,
    _WOULD: "would wouldn't",
    _THAN: "than",
    _MORE: "more other else",
    _VERB: """
        fail fails failed failing refuse refuses refused stopped stops cured cures fixed fixes
        solved solves relieved relieves healed heals prevents prevented eliminates eliminated
        ruined ruins spoiled spoils replaced
    """,
    # After these words such a verb ends nothing: "stopped at", "fixed it".
    _ASIDE: "at by in for here it them me us everything",
    _WRONG: "wrong",
    # "or not", "why not" deny nothing.
    _DOUBTS: "or why if whether",
    # Words of "anything but good", "far from good", "trouble-free".
    _ANYTHING: "anything",
    _BUT: "but",
    _FAR: "far",
    _FROM: "from",
    _FREE: "free",
    _HYPHEN: "-",
}
_DENIES = _NEGATES | _ANSWERS
_SHIFTS = _DENIES | _WISHES | _WOULD | _THAN | _VERB | _WRONG | _ANYTHING | _FAR | _FREE
_BITS: dict[str, int] = {}
for _bit, _words in _ROLES.items():
    for _word in _words.split():
        _BITS[_word] = _BITS.get(_word, 0) | _bit

SHIFTERS = frozenset(word for word, bits in _BITS.items() if bits & _SHIFTS)
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
        bits |= _ENDS | _CLOSES | _TELLS
    return bits


def reversed_words(roles: Sequence[int]) -> set[int]:
    """The places of the words that mean the opposite, given the role of each word of a text.

    >>> [sorted(reversed_words(list(map(role, each.split())))) for each in
    ...  ("not good . fine", "no , good", "any trouble ? no", "nothing i didn't like")]
    [[1], [], [0, 1], [1, 2]]
    """
    places: set[int] = set()
    for place, bits in enumerate(roles):
        if not bits & _SHIFTS:
            continue
        if bits & _DENIES:
            following = _at(roles, place + 1)
            if following & _CLOSES:
                # "Great, no?" asks for a yes.
                if not following & _ASKS and (bits & _ANSWERS or _at(roles, place - 1) & _ASKS):
                    places.update(_denied(roles, place - 1))
                continue
            if not bits & _NEGATES:
                continue
        elif bits & _WRONG:
            if _admits(roles, place):
                places.update(_denied(roles, place - 1), [place])
            continue
        elif bits & _FREE:
            places.update(_freed(roles, place - 1))
            continue
        elif not _opens(roles, place):
            continue
        start = place + (2 if bits & (_ANYTHING | _FAR) else 1)
        after = _after(roles, start, _ENDS if bits & _NEGATES else _ENDS | _COMMA)
        if place in places:
            # The negation of a negation.
            places.difference_update(after)
        else:
            places.update(after)
    return places


def _at(roles: Sequence[int], place: int) -> int:
    """The role at a place; both ends of a text close it."""
    return roles[place] if 0 <= place < len(roles) else _CLOSES | _ENDS


def _opens(roles: Sequence[int], place: int) -> bool:
    """Whether the shifter at `place`, no negation, reverses the words after it."""
    bits = roles[place]
    if bits & _VERB:
        return not _at(roles, place + 1) & _ASIDE
    if bits & (_ANYTHING | _FAR):
        return bool(_at(roles, place + 1) & (_BUT if bits & _ANYTHING else _FROM))
    if bits & _THAN:
        return not _at(roles, place - 1) & (_MORE | _ENDS)
    if bits & _WISHES:
        return any(each & _SAYS for each in roles[place + 1 : place + 4])
    if bits & _WOULD:
        for each in reversed(roles[max(0, place - 4) : place]):
            if each & (_EXPECTS | _ENDS | _COMMA):
                return bool(each & _EXPECTS)
    return False


def _after(roles: Sequence[int], start: int, ends: int) -> range:
    """The words that a shifter before `start` reverses, up to one with a role of `ends`."""
    size = len(roles)
    end, place, said = min(start + SCOPE, size), start, False
    while place < end:
        bits = roles[place]
        if bits & ends:
            break
        if bits & (_OBJECT | _SAYS):
            if bits & _OBJECT:
                return range(start, place + 1)
            if not said:
                end, said = min(place + 1 + _SAID, size), True
        place += 1
    return range(start, place)


def _admits(roles: Sequence[int], place: int) -> bool:
    """Whether "wrong" is that of "I was wrong", or "how wrong I was"."""
    end = place + 1
    while end < place + 3 and _at(roles, end) & _EMPTY:
        end += 1
    speaker = any(each & _SPEAKER for each in roles[max(0, place - 3) : end])
    return speaker and bool(_at(roles, end) & _CLOSES)


def _freed(roles: Sequence[int], place: int) -> range:
    """The word that "free" denies: "problem free", "problem-free"."""
    if _at(roles, place) & _HYPHEN:
        place -= 1
    return range(place, place + bool(_at(roles, place) & _OBJECT))


def _denied(roles: Sequence[int], place: int) -> range:
    """The words that a denial reverses, whose last word before itself is at `place`: those before
    it in its sentence, or in the one before if its own says nothing else."""
    if _at(roles, place) & _DOUBTS:
        return range(0)
    least = place - _BETWEEN
    while place > least and _at(roles, place) & _EMPTY:
        place -= 1
    least = place - _BETWEEN
    passed = 0
    while place > max(least, -1) and roles[place] & (_ENDS | _COMMA):
        passed |= roles[place]
        place -= 1
    # Another line is denied only if it asks, and a rating or a face never.
    if passed & _TELLS or (passed & _LINE and not passed & _ASKS):
        return range(0)
    first = place + 1
    while first > max(0, place + 1 - _DENIED) and not roles[first - 1] & (_ENDS | _COMMA):
        first -= 1
    return range(first, place + 1)
