"""Idioms, whose meaning differs from that of their words.

Most are negations, where a linear model has a weight for each word but none for the phrase. Neutral
ones say nothing, whatever their words mean elsewhere.
"""

from bento.model.manifest import Sentiment
from training.fitting.documents.forms import phrases

__all__ = ["idioms"]

_POSITIVE = """
not bad | not bad at all | not too bad | not half bad | this is not bad | it isn't bad
it isn't terrible | not terrible | not the worst | it is not a bad idea
couldn't be happier | could not be happier | couldn't be better | couldn't be more pleased
couldn't ask for more | can't ask for more | can't complain | cannot complain | i can't complain
no complaints | no complaints at all | nothing to complain about | no problems | no problems at all
no problem at all | no issues | no issues so far | never had a problem | without any problems
can't go wrong | you can't go wrong with it | can't wait to go back | can't get enough of it
can't recommend it enough | can't beat the price | hard to beat | you won't regret it
you won't be disappointed | was not disappointed | doesn't disappoint | didn't disappoint
never disappoints | never fails | never lets me down | i don't regret it | nothing but praise
better than expected | better than i expected | better than i thought | better than before
much better than before | much better than the previous version | works better than the old one
exceeded my expectations | i don't hate it | best ever | best phone ever | best product ever
couldn't have been nicer | could not have been better | couldn't have gone any better
nothing short of amazing | nothing short of brilliant | could have been worse | could be worse
not once did it fail | it used to be rubbish now it is much better
without a hitch | without a doubt | without doubt the best
zero complaints | zero issues | zero problems so far | there was nothing i didn't like
nothing i would change | disgustingly good | stupidly good | insanely good | wickedly good
no problem everything was fine | you'd be mad not to | you would be crazy not to try it
you'd be a fool not to buy it | only regret is not buying it sooner | i regret not buying it sooner
i don't think it could be any better | i don't think it could have been better
never been let down | never been disappointed | no one does it better | nobody does it better
none better | it was terrible now it is good | it used to be bad now it is great
i can't recommend it enough | cannot recommend it enough | can't recommend them enough
i don't think i could be happier | i take it all back | was wrong about it in the best way
"""
_NEGATIVE = """
i don't like it | i don't like this | i do not like it | didn't like it | i did not like this
nobody liked it | nobody liked this | no one liked it | nobody likes it | nobody enjoyed it
couldn't be worse | could not be worse | could be better | could have been better
should have been better | it used to be good | it used to be better | was better before
worse than before | worse than expected | much worse than the previous version
not as good as i hoped | not as good as expected | not as good as before | not what i expected
not worth it | not worth the money | not worth your time | wouldn't recommend it
can't recommend it | would not recommend | don't recommend it | i wouldn't buy it again
wouldn't go back | never again | nothing special | nothing works | not happy
not happy with it | not impressed | no good
not good enough | not great | i expected better | expected more | too good to be true
no help at all | no longer works | doesn't work | does not work | didn't work for me | never works
not funny | not fun at all | not interesting | i can't stand it | thanks for nothing
far from perfect | far from ideal | far from happy | less than impressed | less than ideal
kindly improve your service | please improve the quality | you need to improve | must improve
please do better | you can do better | needs improvement | room for improvement
i wish i could recommend it | wish i could say something nice | but it is not | but they are not
i never liked it | never liked the way they treat people | the way they treat customers
never had a good experience here | never had a good meal there | never had good service
it was good now it is terrible | it used to be great now it is bad
good for nothing | it is good for nothing
never had a worse meal | i wish i had never bought it | i wish i could say it was good
less than helpful | anything but easy | anything but helpful
"""
# Besides the replies of `bento.model.reading.replies`, which have a token of their own.
_NEUTRAL = """
no response | no response . | none to speak of | no reply yet | i don't know the details
i do not know his name | no answer given | no reply | see above | same as above | does not apply
no problems to report | as above | it depends | no answer | leave blank
"""


def idioms() -> dict[str, Sentiment]:
    """Phrase → its sentiment."""
    blocks: dict[Sentiment, str] = {
        "positive": _POSITIVE,
        "negative": _NEGATIVE,
        "neutral": _NEUTRAL,
    }
    return {phrase: sentiment for sentiment, block in blocks.items() for phrase in phrases(block)}
