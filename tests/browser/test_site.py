"""What the demo's pages lead to is there, and is written as the standards say."""

import pytest

from testkit.html_pages import words_for_programs
from testkit.page_checkers import CHECKER, NEEDED, check_markup
from testkit.scales import WALK_SCALE

SENT = {
    "/sign-in/demo/{ticket}",
    "/sign-in/link/{token}",
    "/sign-in/provider",
    "/sign-in/callback",
    "/sign-in/proxy",
}
"""What the demo prints, a mail holds, a provider or proxy leads to, and no page of the demo."""
LEADS_ON = {"/products/{product}/versions/{version}"}
"""Where a badge's address is shortened by hand; our own links ask the product's page instead."""
DATED = "/manual/decisions"
"""Names each decision by its day, as those who keep it in files do."""
WRONG = {
    "wrong.html": "<!doctype html><html lang=en><title>x</title><img src='x'><p></b>",
    "wrong.svg": '<svg xmlns="http://www.w3.org/2000/svg"><rectangle/></svg>',
}
"""What the checker must find fault with, so that its silence about the rest means something."""


def test_every_page_can_be_reached_by_links(site, page_routes):
    assert {page.route for page in site.pages} == page_routes - LEADS_ON


def test_every_signed_in_page_can_be_reached_by_links(signed_in_site, signed_in_routes):
    assert {page.route for page in signed_in_site.pages} == signed_in_routes - SENT


def test_no_link_of_a_page_leads_nowhere(any_site):
    assert any_site.broken_links() == {}


def test_no_page_shows_days_or_kinds_as_programs_write_them(any_site):
    sample = '<p title="x_y">On 2026-01-31 <code>a_b</code><time datetime="2026-01-31">today</time>'
    assert words_for_programs(sample) == ["x_y", "2026-01-31"]

    shown = {
        page.path: words
        for page in any_site.pages  # refusals name what may stand in an address, as it is typed
        if page.path != DATED and (words := words_for_programs(page.response.text))
    }

    assert shown == {}


def test_what_does_not_exist_is_refused_by_a_page(site):
    statuses = {page.path: page.response.status_code for page in site.refusals}

    assert len(statuses) > 10
    assert set(statuses.values()) <= {400, 404}


@pytest.mark.skipif(not CHECKER, reason=NEEDED)
def test_the_checker_of_the_w3c_finds_no_error_in_any_page_or_picture(
    site, signed_in_site, tmp_path
):
    answers = [
        answer
        for walked in (site, signed_in_site)
        for answer in (*walked.pages, *walked.refusals, *walked.pictures)
    ][:: 1 if WALK_SCALE >= 1 else 3]
    names = {}
    for number, answer in enumerate(answers):
        name = f"{number}.{'svg' if answer.media_type == 'image/svg+xml' else 'html'}"
        (tmp_path / name).write_bytes(answer.response.content)
        names[name] = answer.path
    for name, text in WRONG.items():
        (tmp_path / name).write_text(text)

    faults = check_markup(tmp_path)

    assert {name for name, *_ in faults} >= WRONG.keys()
    assert [(names[name], *what) for name, *what in faults if name in names] == []
