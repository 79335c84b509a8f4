"""The topics of the tweets, which were collected by search words.

Calibration predicts tweets of a topic by stages that saw none of it. In one topic nearly all tweets
are neutral, in another nearly all complain; stages that know them are surer of their answers than
they can be of tweets about anything else.
"""

import pandas as pd

__all__ = ["topics"]

_TWEETS = "tweets"
_WORDS = {
    "airlines": "@united usairways americanair southwestair jetblue virginamerica @delta flight",
    "football": "deflat patriots nfl superbowl sb49 brady belichick seahawks football ballghazi",
    "festival": "coachella",
    "phones": "apple aapl iphone",
}
_OTHER = "driverless cars and medicines"


def topics(table: pd.DataFrame) -> pd.Series:
    """The topic of each row of a table (columns text, source); empty for other sources.

    >>> topics(pd.DataFrame({"text": ["@JetBlue hi", "hi"], "source": ["tweets", "imdb"]})).tolist()
    ['tweets about airlines', '']
    """
    text = table["text"].str.lower()
    topic = pd.Series(_OTHER, index=table.index)
    for name, words in reversed(_WORDS.items()):
        topic = topic.mask(text.str.contains("|".join(words.split())), name)
    return (f"{_TWEETS} about " + topic).where(table["source"] == _TWEETS, "")
