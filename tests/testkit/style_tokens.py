"""The colour tokens of a style sheet, in each form a reader may ask for, and how they differ."""

from __future__ import annotations

import re
from itertools import product

FORMS = [
    {"medium": medium, "scheme": scheme, "contrast": contrast}
    for medium, scheme, contrast in product(
        ("screen", "print"), ("light", "dark"), ("no-preference", "more")
    )
]
CONDITIONS = {
    "screen": ("medium", "screen"),
    "print": ("medium", "print"),
    "(prefers-color-scheme: dark)": ("scheme", "dark"),
    "(prefers-contrast: more)": ("contrast", "more"),
}
BLOCK = re.compile(r"(?:@media ([^{]+?)\s*\{\s*)?:root\s*\{([^}]*)\}")
COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,6})\b")


def tokens_in(sheet, form):
    """Return the colours that hold in a form, by token; later blocks win, as in a browser."""
    tokens = {}
    for condition, declarations in BLOCK.findall(sheet):
        if _holds(condition, form):
            tokens.update(COLOUR.findall(declarations))
    return tokens


def _holds(condition, form):
    features = [CONDITIONS[part] for part in condition.split(" and ") if part]
    return all(form[name] == value for name, value in features)


def contrast(one, other):
    """Return the contrast of two colours, from 1 to 21, as WCAG 2 computes it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour):
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value):
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
