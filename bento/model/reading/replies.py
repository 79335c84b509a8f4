"""Replies that say nothing: whole texts such as "Nope.", "n/a", "No, thanks" and "nothing to add".

Forms and surveys collect many of them. In other texts the same words blame ("no help"), so each of
these texts is read as one token.
"""

import re

__all__ = ["says_nothing"]

_MAX_LENGTH = 64
"""Longer texts, in code points, are not tried, because hardly one of them is such a reply."""
_NOW = r"today|(?:right |just |for )?now|at present|at (?:the|this) (?:moment|time|point)"
_THANKS = "thanks|thank you|thx|ta|cheers"
_CLOSING = (
    rf"(?:{_THANKS})!?|tbh|really|so far|yet|much|else|at all|{_NOW}"
    r"|(?:that )?i(?: can| could)? (?:think|know) of|to (?:add|declare|mention|report|say|share)"
)
"""What may follow any beginning."""
_DENIAL = (
    r"(?:i(?: have|['’]ve)(?: got)? )?(?:no|none|nothing)|nope|nah|nada|nil|n\s*/\s*a|n\.\s*a|na"
    r"|dunno|idk"
    r"|(?:i )?can(?:no|['’]?)t (?:think of any(?:thing)?|recall|remember|say(?! sorry| thank))"
    r"|(?:i )?(?:do not|don['’]?t) (?:know(?: the answer)?|recall|remember|think so)"
    r"|(?:i(?:['’]d| would)? )?(?:prefer|rather) not(?: to)? say"
    r"|that(?:['’]?s| is| will be|['’]ll be) (?:all|it)"
)
_FURTHER = (
    rf"{_CLOSING}|sorry|not (?:really|at all|much|yet)|nothing|none|in particular|specific"
    r"|whatsoever|of the above"
    r"|further|other|additional|comments?|idea|opinions?|preferences?|questions?|remarks?"
    r"|suggestions?|feedback(?!\W+(?:whatsoever|at all)|\s*!)|from (?:me|us)"
    r"|from (?:my|our) (?:end|side)|(?:comes?|springs?) to mind|i (?:do not|don['’]?t) think so"
)
_SEPARATOR = r"[\s,./–—-]+"
_reply = re.compile(
    # The number of a question or the sign of a list, quotation marks, brackets.
    r"\s*(?:(?:\d{1,2}[.):]|[*•·–-])\s*)?[\"'“‘(\[]?"
    # An emphatic no is an opinion.
    rf"(?!(?:no|nope|nah)\s*!)(?:(?:{_DENIAL})(?:{_SEPARATOR}(?:{_FURTHER})){{0,6}}"
    rf"|not(?! (?:{_THANKS}|to|else))(?:{_SEPARATOR}(?:{_CLOSING}|sure|applicable|no)){{1,4}})"
    r"\s*(?:[.…]|\.\.\.?|!{1,3})?[\"'”’)\]]?\s*\.?(?:🤷[♂♀]?)?\s*".replace(" ", r"\s+"),
    re.IGNORECASE,
).fullmatch


def says_nothing(text: str) -> bool:
    """Whether the text as a whole is such a reply.

    >>> [says_nothing(text) for text in ["Nope.", "no, nothing to add", "no good", "Nothing works"]]
    [True, True, False, False]
    """
    return len(text) <= _MAX_LENGTH and _reply(text) is not None
