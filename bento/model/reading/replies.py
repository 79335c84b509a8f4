"""Replies that say nothing: whole texts such as "Nope.", "n/a", "No, thanks" and "nothing to add".

Forms and surveys collect many of them. Their words blame elsewhere, so a linear model needs to be
told that nothing else stands in the text.
"""

import re

__all__ = ["says_nothing"]

_MAX_LENGTH = 48
"""Longest such reply, in code points."""
_FIRST = (
    r"(?:i(?: have|['’]ve)(?: got)? )?(?:no|none|nothing)|nope|nah|nil|not|n ?/ ?a|n\. ?a|na|dunno"
    r"|idk|(?:i )?can(?:no|['’]?)t think of any(?:thing)?"
    r"|(?:i )?(?:do not|don['’]?t) (?:know(?: the answer)?|recall|remember)"
    r"|(?:i )?can(?:no|['’]?)t (?:recall|remember|say|tell)"
    r"|(?:i(?:['’]d| would)? )?(?:prefer|rather) not(?: to)? say"
)
_FURTHER = (
    r"no|nope|nah|nothing|none|sorry|thanks|thank you|thx|ta|cheers|tbh|really|much|else|at all"
    r"|sure|in particular|specific|whatsoever|applicable|given|here|so far|yet|today"
    r"|(?:right |just |for )?now|at present|at (?:the|this) (?:moment|time|point)"
    r"|from (?:me|us)|from (?:my|our) (?:end|side)|to (?:add|declare|mention|report|say|share)"
    r"|(?:comes?|springs?) to mind|(?:that )?i(?: can| could)? (?:think|know) of"
    r"|further|other|additional|answers?|comments?|feedback|ideas?|opinions?|preferences?"
    r"|questions?|remarks?|repl(?:y|ies)|responses?|suggestions?"
)
_reply = re.compile(
    rf"\s*(?:{_FIRST})(?:[ ,./-]+(?:{_FURTHER})){{0,6}}\s*[.!]?\s*", re.IGNORECASE
).fullmatch


def says_nothing(text: str) -> bool:
    """Whether the text as a whole is such a reply.

    >>> [says_nothing(text) for text in ["Nope.", "no, nothing to add", "no good", "Nothing works"]]
    [True, True, False, False]
    """
    return len(text) <= _MAX_LENGTH and _reply(text) is not None
