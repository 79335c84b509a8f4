"""Which words of a text mean the opposite of what they say: after a negation ("not good"), a phrase
("far from good", "less tasty"), a comparison ("than that awful one"), an expectation ("I thought it
would be dull") or a verb that ends something ("cured my rash"), and before an answer that denies
them ("Any problems? No", "It looks nice. It is not.") or "free" ("trouble-free"). Linguists call
the words that do this valence shifters (Polanyi and Zaenen 2004, "Contextual Valence Shifters").

Training finds the roles of words by their names and serving by their numbers; both ask
`reversed_words`.
"""

from collections.abc import Sequence

from bento.model.reading.roles import (
    ANSWERS,
    ANYTHING,
    ASIDE,
    ASKS,
    AT,
    BUT,
    CLOSES,
    COMMA,
    DENIES,
    DOUBTS,
    EMPTY,
    ENDS,
    EXPECTS,
    FAR,
    FREE,
    FROM,
    HAVE,
    HYPHEN,
    IS_NOT,
    LEAD,
    LESS,
    LINE,
    MORE,
    NEGATES,
    OBJECT,
    PERFECT,
    PLACE,
    SAYS,
    SHIFTS,
    SPEAKER,
    SUBJECT,
    TELLS,
    THAN,
    VERB,
    WELL,
    WISHED,
    WISHES,
    WOULD,
    WRONG,
)

__all__ = ["SCOPE", "reversed_words"]

SCOPE = 3
"""Words after a negation that it reverses, unless a break comes first. Reversing up to the next
break, as `nltk.sentiment.util.mark_negation` does, was 0.15 points worse in trials."""
_SAID = 5
"""Words reversed after a verb of saying or thinking in the scope of a negation, "I don't think it
is", and by a wish."""
_DENIED = 4
"""Words that a denial reverses before it."""
_BETWEEN = 4
"""Words without content, and signs, that may stand between a denial and what it denies."""


def reversed_words(roles: Sequence[int]) -> set[int]:
    """The places of the words that mean the opposite, given the role of each word of a text.

    >>> from bento.model.reading.roles import role
    >>> [sorted(reversed_words(list(map(role, each.split())))) for each in
    ...  ("not good . fine", "no , good", "any trouble ? no", "nothing i didn't like")]
    [[1], [], [0, 1], [1, 2]]
    """
    places: set[int] = set()
    for place, bits in enumerate(roles):
        if not bits & SHIFTS:
            continue
        if bits & DENIES:
            following = _at(roles, place + 1)
            if following & CLOSES:
                # "Great, no?" asks for a yes.
                if not following & ASKS and (bits & ANSWERS or _at(roles, place - 1) & ASKS):
                    places.update(_denied(roles, place - 1))
                continue
            before = _at(roles, place - 1)
            asks = bits & IS_NOT and following & SUBJECT and before & (ENDS | COMMA | LEAD)
            if asks or not bits & NEGATES:
                continue
        elif bits & WRONG:
            if _admits(roles, place):
                places.update(_denied(roles, place - 1), [place])
            continue
        elif bits & FREE:
            places.update(_freed(roles, place - 1))
            continue
        elif not _opens(roles, place):
            continue
        start = place + (2 if bits & (ANYTHING | FAR) else 1)
        ends = ENDS if bits & NEGATES else ENDS | COMMA
        after = _after(roles, start, _SAID if bits & WISHES else SCOPE, ends)
        if bits & LESS:
            # "couldn't be less good", but "no less good"
            if place in places and not _at(roles, place - 1) & NEGATES:
                continue
            after = after[:1]
        if place in places:
            # The negation of a negation.
            places.difference_update(after)
        else:
            places.update(after)
    return places


def _at(roles: Sequence[int], place: int) -> int:
    """The role at a place; both ends of a text close it."""
    return roles[place] if 0 <= place < len(roles) else CLOSES | ENDS


def _opens(roles: Sequence[int], place: int) -> bool:
    """Whether the shifter at `place`, no negation, reverses the words after it."""
    bits = roles[place]
    if bits & VERB:
        return not _at(roles, place + 1) & ASIDE
    if bits & (ANYTHING | FAR):
        if bits & FAR and _at(roles, place + 2) & PLACE:
            return False
        return bool(_at(roles, place + 1) & (BUT if bits & ANYTHING else FROM))
    if bits & LESS:
        # "at least", "at the very least", "more or less", "the least I can say", "less than"
        before = roles[max(0, place - 3) : place]
        if any(each & AT for each in before) or (before and before[-1] & DOUBTS):
            return False
        return not _at(roles, place + 1) & (THAN | SPEAKER)
    if bits & THAN:
        return not _at(roles, place - 1) & (MORE | ENDS)
    if bits & WISHES:
        return _regrets(roles, place)
    if bits & WOULD:
        if _at(roles, place + 1) & HAVE and _at(roles, place + 2) & PERFECT:
            return True
        for each in reversed(roles[max(0, place - 4) : place]):
            if each & (EXPECTS | ENDS | COMMA):
                return bool(each & EXPECTS)
    return False


def _regrets(roles: Sequence[int], place: int) -> bool:
    """Whether "wish" is that of "I wish it were so", not of "my wish" or "I wish you well"."""
    wisher = _at(roles, place - 1)
    if wisher & EMPTY and not wisher & SPEAKER:
        # "I really wish"
        wisher = _at(roles, place - 2)
    if not wisher & (SPEAKER | ENDS) or _at(roles, place + 1) & WISHED:
        return False
    return not any(each & WELL for each in roles[place + 1 : place + 1 + _SAID])


def _after(roles: Sequence[int], start: int, scope: int, ends: int) -> range:
    """The words that a shifter before `start` reverses: `scope` of them, or those up to one with a
    role of `ends`."""
    size = len(roles)
    end, place, said = min(start + scope, size), start, False
    while place < end:
        bits = roles[place]
        if bits & ends:
            break
        if bits & (OBJECT | SAYS):
            if bits & OBJECT:
                return range(start, place + 1)
            if not said:
                end, said = min(place + 1 + _SAID, size), True
        place += 1
    return range(start, place)


def _admits(roles: Sequence[int], place: int) -> bool:
    """Whether "wrong" is that of "I was wrong", or "how wrong I was"."""
    end = place + 1
    while end < place + 3 and _at(roles, end) & EMPTY:
        end += 1
    speaker = any(each & SPEAKER for each in roles[max(0, place - 3) : end])
    return speaker and bool(_at(roles, end) & CLOSES)


def _freed(roles: Sequence[int], place: int) -> range:
    """The word that "free" denies: "problem free", "problem-free"."""
    if _at(roles, place) & HYPHEN:
        place -= 1
    return range(place, place + bool(_at(roles, place) & OBJECT))


def _denied(roles: Sequence[int], place: int) -> range:
    """The words that a denial reverses, whose last word before itself is at `place`: those before
    it in its sentence, or in the one before if its own says nothing else."""
    if _at(roles, place) & DOUBTS:
        return range(0)
    least = place - _BETWEEN
    while place > least and _at(roles, place) & EMPTY:
        place -= 1
    least = place - _BETWEEN
    passed = 0
    while place > max(least, -1) and roles[place] & (ENDS | COMMA):
        passed |= roles[place]
        place -= 1
    # Another line is denied only if it asks, and a rating or a face never.
    if passed & TELLS or (passed & LINE and not passed & ASKS):
        return range(0)
    first = place + 1
    while first > max(0, place + 1 - _DENIED) and not roles[first - 1] & (ENDS | COMMA):
        first -= 1
    return range(first, place + 1)
