"""Replies that say nothing: whole texts such as "Nope.", "n/a", "No, thanks" and "nothing to add".

Forms and surveys collect many of them. In other texts the same words blame ("no help"), so each of
these texts is read as one token.
"""

import re

__all__ = ["says_nothing"]

_MAX_LENGTH = 64
"""Longer texts, in code points, are not tried, because hardly one of them is such a reply."""
_CLOSING = (
    r"(?:thanks|thank you|thx|ta|cheers)!?|sorry|tbh|really|so far|yet|today"
    r"|(?:right |just |for )?now|at present|at (?:the|this) (?:moment|time|point)"
    r"|(?:that )?i(?: can| could)? (?:think|know) of"
)
"""What may follow any beginning."""
_DENIAL = (
    r"(?:i(?: have|['’]ve)(?: got)? )?(?:no|none|nothing)|nope|nah|nil|n\s*/\s*a|n\.\s*a|na|dunno"
    r"|idk|(?:i )?can(?:no|['’]?)t (?:think of any(?:thing)?|recall|remember|say)"
    r"|(?:i )?(?:do not|don['’]?t) (?:know(?: the answer)?|recall|remember)"
    r"|(?:i(?:['’]d| would)? )?(?:prefer|rather) not(?: to)? say"
)
_FURTHER = (
    rf"{_CLOSING}|not really|nothing|none|much|else|at all|in particular|specific|whatsoever"
    r"|further|other|additional|comments?|feedback|idea|opinions?|preferences?|questions?|remarks?"
    r"|suggestions?|from (?:me|us)|from (?:my|our) (?:end|side)|(?:comes?|springs?) to mind"
    r"|to (?:add|declare|mention|report|say|share)"
)
_SEPARATOR = r"[\s,./–—-]+"
_reply = re.compile(
    rf"\s*(?:(?:{_DENIAL})(?:{_SEPARATOR}(?:{_FURTHER})){{0,6}}"
    rf"|not(?:{_SEPARATOR}(?:{_CLOSING}|sure|applicable)){{1,4}})\s*(?:[.…]|\.\.\.?)?\s*".replace(
        " ", r"\s+"
    ),
    re.IGNORECASE,
).fullmatch


def says_nothing(text: str) -> bool:
    """Whether the text as a whole is such a reply.

    >>> [says_nothing(text) for text in ["Nope.", "no, nothing to add", "no good", "Nothing works"]]
    [True, True, False, False]
    """
    return len(text) <= _MAX_LENGTH and _reply(text) is not None
