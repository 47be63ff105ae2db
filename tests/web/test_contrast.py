"""Text stands out from what it stands on, and lines that mean something do, in every form."""

import re
from importlib.resources import files

import pytest

from testkit.style_tokens import BLOCK, FORMS, contrast, tokens_in

STATES = ["good", "soon", "over", "calm", "plan"]
SHEETS = {
    "static/site.css": {
        "texts": {
            "canvas": ["text", "muted", "accent", "over"],
            "surface": ["text", "muted", "accent", "over"],
            "accent": ["on-accent"],
            "accent-tint": ["accent", "text"],
            "good-tint": ["good", "text"],
            "soon-tint": ["soon", "text"],
            "over-tint": ["over", "text", "muted", "accent"],
            "calm-tint": ["calm", "text"],
            "plan-tint": ["plan", "text"],
        },
        "lines": {
            "canvas": ["accent", "muted", *STATES],
            "surface": ["accent", "muted", *STATES],
            "over-tint": ["accent", "over"],
        },
        "decoration": {"line": ["canvas", "surface"]},
    },
    "templates/timeline.css": {
        "texts": {"paper": ["ink", "quiet", "today", "warn", "mark", "bar"]},
        "lines": {"paper": ["bar", "over", "today", "mark", "quiet"]},
        "decoration": {"grid": ["paper"], "row": [], "soft": []},
    },
    "templates/page.css": {
        "texts": {
            "card": ["text", "soft"],
            "tint": ["blue"],
            "warn-tint": ["warn"],
            "button": ["on-button"],
            "pressed": ["on-button"],
        },
        "lines": {"card": ["blue"]},
        "decoration": {"line": [], "page": []},
    },
    "templates/badge.css": {
        "texts": {ground: ["text"] for ground in ("label", *STATES)},
        "lines": {},
        "decoration": {"edge": []},
    },
}
"""What is written on each background of a sheet, the borders, bars and outlines without which
something could not be seen or operated, and what is only decoration: whoever asks for more contrast
sees that on its grounds as well. A new token needs its place."""
CASES = [
    pytest.param(name, form, id=f"{name}-{'-'.join(form.values())}")
    for name in SHEETS
    for form in FORMS
]


def read(name):
    return (files("lifecycle.web") / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "form"), CASES)
def test_text_and_lines_stand_out_from_what_they_stand_on(name, form):
    tokens, sheet = tokens_in(read(name), form), SHEETS[name]
    pairs = [(token, ground, 4.5) for ground, texts in sheet["texts"].items() for token in texts]
    pairs += [(token, ground, 3) for ground, lines in sheet["lines"].items() for token in lines]
    if form["contrast"] == "more" and form["medium"] == "screen":
        decoration = sheet["decoration"].items()
        pairs += [(token, ground, 3) for token, grounds in decoration for ground in grounds]

    too_faint = {
        f"{token} on {ground}": round(contrast(tokens[token], tokens[ground]), 2)
        for token, ground, least in pairs
        if contrast(tokens[token], tokens[ground]) < least
    }

    assert not too_faint


@pytest.mark.parametrize(("name", "form"), CASES)
def test_every_token_is_held_to_a_contrast(name, form):
    texts, lines, decoration = SHEETS[name].values()
    placed = {token for tokens in (*texts.values(), *lines.values()) for token in tokens}

    assert tokens_in(read(name), form).keys() == texts.keys() | placed | decoration.keys()


@pytest.mark.parametrize("name", SHEETS)
def test_paper_is_light_whatever_the_screen_is(name):
    light, dark = (
        tokens_in(read(name), {"medium": "print", "scheme": scheme, "contrast": "no-preference"})
        for scheme in ("light", "dark")
    )

    assert light == dark


@pytest.mark.parametrize("name", SHEETS)
def test_colours_are_named_by_their_token_alone(name):
    rules = BLOCK.sub("", read(name))

    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*\})|\b(?:rgb|hsl|oklch)a?\(", rules)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000", "#ffffff", 21.0),
        ("#777", "#fff", 4.48),
        ("#767676", "#fff", 4.54),
        ("#123", "#123", 1),
    ],
)
def test_contrast_is_computed_as_wcag_does(one, other, ratio):
    assert round(contrast(one, other), 2) == round(contrast(other, one), 2) == ratio
