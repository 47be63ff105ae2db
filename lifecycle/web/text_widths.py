"""Text widths: how much room a text takes in a picture, whose font only its viewer has (pure).

The widths are those of the widest common screen font, so that others leave room to spare.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_HUNDREDTHS: Final = {
    27: "'", 28: "ijl", 29: "IJ", 32: " ,.", 34: "/:;\\|", 35: "f", 36: "-", 39: "()[]t",
    40: "!", 41: "r", 46: '"', 50: "*_`", 52: "sz", 53: "?", 55: "c", 56: "L", 58: "Fk",
    59: "vxy", 60: "P", 61: "TYao", 62: "e", 63: "ESbdghnpqu", 64: "$0123456789{}", 66: "K",
    68: "AV", 69: "BRXZ", 70: "C", 73: "U", 75: "HN", 77: "DG", 78: "&", 79: "OQ", 82: "w",
    84: "#+<=>^~", 86: "M", 95: "%", 97: "m", 99: "W", 100: "@",
}  # fmt: skip
_ASCII: Final = {
    character: hundredths / 100
    for hundredths, characters in _HUNDREDTHS.items()
    for character in characters
}
_BOLD: Final = 1.16
_LETTER: Final = 0.75
_WIDE: Final = 1.05
_SYMBOL: Final = 1.35
_JOINER: Final = "\u200d"
_MODIFIERS: Final = range(0x1F3FB, 0x1F400)
_FLAGS: Final = range(0x1F1E6, 0x1F200)
ELLIPSIS: Final = "…"


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how many pixels a text may take at a font size of so many pixels.

    >>> text_width("3.35", 10), text_width("3.35", 10, bold=True)
    (22.4, 26.0)
    """
    ems = sum(_ASCII.get(character) or _ems(character) for character in text)
    return round(ems * size * (_BOLD if bold else 1), 1)


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """Return a text, or as much of its beginning as fits with an ellipsis behind it, if any does.

    What makes one sign, such as a letter with its accents, stays together.

    >>> fitted("release candidate", 50, 10)
    'release…'
    """
    if text_width(text, size, bold=bold) <= room:
        return text
    room -= text_width(ELLIPSIS, size, bold=bold)
    if not text or room < 0:
        return ""
    beginning = ""
    for sign in signs_in(text):
        room -= text_width(sign, size, bold=bold)
        if room < 0:
            break
        beginning += sign
    return beginning.rstrip() + ELLIPSIS


def wrapped(text: str, room: float, size: float) -> list[str]:
    """Break a text into lines that fit, at its spaces; a longer word loses its end.

    >>> wrapped("End of support for 3.35", 80, 10)
    ['End of support', 'for 3.35']
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(fitted(word, room, size))
    return lines


def signs_in(text: str) -> list[str]:
    """Cut a text into what is seen as one sign each.

    >>> signs_in("no👍🏽")
    ['n', 'o', '👍🏽']
    """
    signs: list[str] = []
    for character in text:
        if signs and _continues(signs[-1], character):
            signs[-1] += character
        else:
            signs.append(character)
    return signs


def _continues(sign: str, character: str) -> bool:
    if character == _JOINER or sign.endswith(_JOINER) or ord(character) in _MODIFIERS:
        return True
    if len(sign) == 1 and ord(sign) in _FLAGS and ord(character) in _FLAGS:
        return True
    return unicodedata.category(character) in {"Mn", "Me", "Mc"}


def _ems(character: str) -> float:
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Cf"}:
        return 0.0
    if category in {"So", "Sm", "Cn", "Co"}:
        return _SYMBOL
    wide = character == ELLIPSIS or unicodedata.east_asian_width(character) in {"W", "F"}
    return _WIDE if wide else _LETTER
