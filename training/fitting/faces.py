"""Our own valences of emoji, emoticons and ratings, -4 to 4. VADER's valence of an emoji is the sum
over the words of its name, which takes a broken heart for love."""

__all__ = ["faces"]

_EMOJI = {
    3.0: "😍🥰🤩❤♥💖💗💓💞💕💘💝💟🧡💛💚💙💜🤎🖤🤍🩷🩵🫶🎉🥳🏆🥇",
    2.5: "😀😃😄😁😆😊☺😘😻👏🙌🎊💐💯🫰",
    2.0: "🙂😇🤗😋🤤😎👍👌🤟🌟💪😂🤣🥹😚😙😗🤌🤝🌹🌈😹😸😺🏅⚡🕺💃🙋✌🤙🌞🎁🍾🥂",
    1.2: "⭐★✨🔥🙏✅✔☑😉😌🤭😜😝😛🤪🚀🌸🌺🌻🍀🫡👑💎😏🙆",
    0.0: "🤔🤷🤨🧐👀🫥😶😳🤯👉👇☝📌📍🔗📦📷🕐⏰🔔💬❓❗",
    -1.2: "😐😑😬😅🙃🫤🫠🥴😕😮😯😲🙀🤫🥱😪💤⚠🤥🫪",
    -2.0: "😟🙁☹😦😧😨😰😥😓😔😞😣😖😩😫🥺😿🙄😒❌❎🚫🤦🤢😵🥵💀☠🗑👎🤡⛔😠😢🤒🤕💸🫩",
    -3.0: "💔😡🤬🤮💩🖕😭😤👿😱😾🥲",
}
_EMOTICONS = {
    2.5: "<3 :) :d ;d :] :* ^_^ ^.^ :3",
    1.5: ";) ;p :p ;]",
    -1.0: ":/ :\\ :| -_- -.- u_u",
    -2.0: ":( ;( :[ :'( d: >_< >.< t_t t.t q_q ;_; </3",
}
# Ratings in tenths, the form that `bento.model.reading.tokens` gives them.
_RATINGS = (-3.5, -3.0, -3.0, -2.5, -2.0, -1.0, 0.0, 1.0, 2.0, 2.8, 3.2)


def faces() -> dict[str, float]:
    """Token → valence."""
    emoji = {char: valence for valence, chars in _EMOJI.items() for char in chars}
    emoticons = {face: valence for valence, faces in _EMOTICONS.items() for face in faces.split()}
    ratings = {f"{tenths}/10": valence for tenths, valence in enumerate(_RATINGS)}
    return emoji | emoticons | ratings
