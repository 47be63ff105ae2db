import re
from html import escape

import pytest

from lifecycle.app import create_app
from lifecycle.database import open_store
from testkit.api_fixtures import connected, in_tests, running
from testkit.html_pages import days_in, rows_of, text_of
from testkit.responses import ok

LATER = {"community": "2027-08-01", "pro": "2027-08-01", "enterprise": "2027-09-01"}
LATEST = LATER | {"pro": "2027-10-01"}
HOSTILE = '"><script>alert(1)</script> \U0001f9e8 \u05e9\u05dc\u05d5\u05dd & ünïcode'
MARKER = "Zebrafish"
pytestmark = pytest.mark.one_database("pages are read models of the snapshot")


@pytest.fixture
def page_of(client):
    async def page_of(path):
        return (await ok(client.get(path.removeprefix("/v1")))).text

    return page_of


@pytest.fixture
async def removal(announce):
    """Announce, with a day for each tier, that a feature goes."""
    return await announce(
        kind="removal",
        feature="rest-v1",
        effective_on=LATER,
        migration="Call /v2.\nKeep your token.",
        replacement="REST v2",
        links=[{"title": "Guide", "url": "https://example.com/guide?a=1&b=2"}],
    )


async def the_list(client):
    page = (await ok(client.get("/products/clairdash"))).text
    return re.search(r'<section aria-labelledby="deprecations">.*?</section>', page, re.DOTALL)[0]


async def test_the_page_says_what_for_whom_from_when_and_what_to_do(removal, page_of):
    text = text_of(await page_of(removal))

    assert "Removal of REST in clairdash Announced" in text
    assert (
        "REST in clairdash will be removed for Community and Pro on 1 August 2027"
        " (in 253 days) and for Enterprise on 1 September 2027 (in 284 days)." in text
    )
    for part in (
        "Call /v2. Keep your token.",
        "Use REST v2 instead.",
        "It is old.",
        "What changesREST (rest-v1)",
        "Announced underclairdash-support 1",
        "Days are counted in America/New_York.",
    ):
        assert part in text


async def test_links_lead_out_without_recommending_where_they_lead(removal, page_of):
    page = await page_of(removal)

    address = "https://example.com/guide?a=1&amp;b=2"
    assert f'<a href="{address}" rel="nofollow noopener">' in page


async def test_the_days_of_the_tiers_are_the_apis(client, removal, act, page_of):
    await act(removal, "amend", effective_on=LATEST, reason="More time.")
    answer = (await ok(client.get(removal))).json()

    rows = rows_of(await page_of(removal), "effective")

    shown = {text_of(row[0]).lower(): days_in(row[1]) for row in rows}
    assert shown == {tier: [day] for tier, day in answer["days"].items()}
    for row, revision in zip(rows, [answer["revisions"][0]] * 3, strict=True):
        assert days_in(row[2]) == [revision["on_day"]]
        tier = text_of(row[0]).lower()
        assert text_of(row[3]).startswith(revision["owed"][tier]["period"])


async def test_the_last_day_of_support_stands_before_the_first_day_without(
    client, announce, page_of
):
    path = await announce(kind="end_of_support", lines=["3.9"], tiers=["enterprise"])
    day = (await ok(client.get(path))).json()["days"]["enterprise"]

    (row,) = rows_of(await page_of(path), "effective")

    last_day, first_day_without = days_in("".join(row[1:3]))
    assert first_day_without == day
    assert last_day < day


async def test_every_revision_shows_which_days_it_moved_and_why(
    client, clock, removal, act, page_of
):
    clock.advance(days=3)
    await act(removal, "amend", effective_on=LATEST, reason="Pro needs longer.")
    clock.advance(days=3)
    await act(removal, "amend", migration="Call /v3.", reason="v2 is old as well.")

    page = await page_of(removal)
    history = page[page.index('<ol class="history">') :]
    announced, postponed, changed = re.findall(r"<li id=.*?</p>\n</li>", history, re.DOTALL)

    assert text_of(announced).startswith("Announced on 21 November 2026")
    assert text_of(postponed).startswith(
        "Postponed on 24 November 2026 Pro needs longer."
        " Pro: in force from 1 August 2027 → 1 October 2027"
    )
    assert text_of(changed).startswith("Changed on 27 November 2026 v2 is old as well.")
    assert '<del class="prose" dir="auto">Call /v2.\nKeep your token.</del>' in changed
    assert '<ins class="prose" dir="auto">Call /v3.</ins>' in changed
    revisions = (await ok(client.get(removal))).json()["revisions"]
    assert [revision["reason"] for revision in revisions] == [
        "It is old.",
        "Pro needs longer.",
        "v2 is old as well.",
    ]
    assert days_in(postponed)[1:3] == [
        revisions[number]["effective_on"]["pro"] for number in (0, 1)
    ]


async def test_what_was_withdrawn_says_so_before_anything_else(removal, act, page_of):
    await act(removal, "withdraw", reason="Too many of you need it.")

    page = await page_of(removal)

    assert '<span class="status unknown">Withdrawn</span></h1>' in page
    lead = text_of(re.search(r'<p class="lead">.*?</p>', page, re.DOTALL)[0])
    assert "was to take effect for Community and Pro on 1 August 2027 and for" in lead
    assert "It was withdrawn on 21 November 2026 (today) and no longer applies" in lead
    assert "Why it was withdrawn Too many of you need it." in text_of(page)
    assert "What to do" not in page
    for row in rows_of(page, "effective"):
        assert "<del>" in row[1]
        assert "withdrawn" in row[1]


@pytest.mark.parametrize(
    ("day", "verb"),
    [
        ("2027-07-31", "will be removed for Community and Pro on"),
        ("2027-08-01", "takes effect for Community and Pro on 1 August 2027 (today)"),
        ("2027-09-01", "took effect for Community and Pro on 1 August 2027 (31 days ago)"),
    ],
)
async def test_what_is_only_announced_is_never_said_as_gone(clock, removal, page_of, day, verb):
    year, month, day_of_month = map(int, day.split("-"))
    clock.now = clock.now.replace(year=year, month=month, day=day_of_month)

    page = await page_of(removal)

    assert verb in text_of(page)
    label = "Announced" if day < "2027-08-01" else "In effect"
    assert f">{label}</span></h1>" in page


async def test_a_draft_is_an_unknown_page_even_to_who_may_publish(client, publish):
    body = {"product": "clairdash", "kind": "removal", "feature": "rest-v1", "reason": MARKER}
    drafted = await ok(client.post("/v1/deprecations", json=body, headers=publish))
    path = drafted.headers["location"].removeprefix("/v1")
    uid = path.rpartition("/")[2]

    draft = await client.get(path)
    seen = await client.get(path, headers=publish)
    unknown = await client.get("/deprecations/nothing")

    assert draft.status_code == seen.status_code == unknown.status_code == 404
    assert draft.headers["content-type"].startswith("text/html")
    assert seen.text == draft.text
    assert draft.text.replace(uid, "nothing") == unknown.text
    assert MARKER not in draft.text + await the_list(client)


async def test_a_page_is_the_same_whoever_asks_and_names_nobody(
    client, publish, make_token, removal, act, page_of
):
    waiver = {
        "product": "clairdash",
        "deprecation": removal.rpartition("/")[2],
        "person": f"{MARKER} Keller",
        "reason": "law",
        "explanation": f"{MARKER} wrote to us.",
        "until": "2027-12-31",
    }
    made = await ok(client.post("/v1/waivers", json=waiver, headers=publish))
    sooner = dict.fromkeys(LATER, "2026-12-20")
    await act(removal, "amend", effective_on=sooner, reason="At once.", waiver=made.json()["id"])

    public = await page_of(removal)
    inside = (await client.get(removal.removeprefix("/v1"), headers=publish)).text

    assert public == inside
    assert MARKER not in public
    assert "this is less notice than was promised" in public
    assert "Notice periods are for ends that no day fixes." not in public
    assert "Brought forward on 21 November 2026" in text_of(public)


async def test_what_people_write_stays_text(client, clairdash, admin, announce, page_of):
    feature = {"name": HOSTILE, "stages": [{"stage": "ga", "from_version": "3.1.0"}]}
    await ok(client.put(f"{clairdash}/features/hostile", json=feature, headers=admin))
    path = await announce(
        kind="removal",
        feature="hostile",
        reason=HOSTILE,
        migration=HOSTILE,
        replacement=HOSTILE,
        links=[{"title": HOSTILE, "url": 'https://example.com/"onload="x'}],
    )

    for page in (await page_of(path), await the_list(client)):
        assert "<script>alert" not in page
        quoted = page.replace("&quot;", "&#34;")
        assert quoted.count(escape(HOSTILE, quote=False).replace('"', "&#34;")) >= 4
    assert 'href="https://example.com/%22onload=%22x"' in await page_of(path)


async def test_what_is_no_character_is_replaced_as_in_pictures(client, clairdash, admin):
    await ok(client.put(clairdash, json={"name": "Nobody\ufffe\uffff"}, headers=admin))

    page = (await ok(client.get("/products/clairdash"))).text

    assert "Nobody\ufffd\ufffd" in text_of(page)
    assert not {"\ufffe", "\uffff"} & set(page)


async def test_several_announcements_and_moves_stand_under_one_name_each(client, announce, act):
    line = {"lines": ["3.9"], "effective_on": "2027-09-09"}
    path = await announce(kind="breaking_change", **line)
    await announce(kind="end_of_support", **line)
    for day in ("2027-10-09", "2027-11-09"):
        await act(path, "amend", effective_on=day, reason="Later.")

    explained = (await ok(client.get("/products/clairdash/lines/3.9"))).text
    answered = (await ok(client.get("/products/clairdash?version=3.9.0"))).text

    for part in re.findall(r"<dl.*?</dl>", explained + answered, re.DOTALL):
        names = re.findall(r"<dt>(.*?)</dt>", part)
        assert len(names) == len(set(names)), part
    assert explained.count("effective <time") == 6
    assert "Postponed on 21 November 2026" in text_of(answered)


async def test_a_products_page_lists_what_is_announced_in_effect_and_withdrawn(
    client, clock, removal, announce, act
):
    soon = await announce(kind="end_of_support", lines=["3.9"], tiers=["enterprise"])
    gone = await announce(
        kind="removal", feature="rest-v1", tiers=["pro"], effective_on="2027-09-09"
    )
    await act(gone, "withdraw", reason="No.")
    await act(removal, "amend", effective_on=LATEST, reason="Pro needs longer.")

    section = await the_list(client)

    addresses = re.findall(r'href="(/deprecations/[^"]+)"', section)
    assert addresses == [path.removeprefix("/v1") for path in (soon, removal, gone)]
    text = text_of(section)
    for part in ("It is old.", "Call /v2. Keep your token.", "REST v2", "Pro needs longer."):
        assert part in text
    assert "Pro: in force from 1 August 2027 → 1 October 2027" in text
    assert "In effect or withdrawn: 1" in text

    clock.advance(days=300)
    later = await the_list(client)
    assert text_of(later).count("In effect") > 1


async def test_what_is_over_and_not_listed_is_found_by_the_link_below(client, announce, act):
    for _ in range(11):
        path = await announce(kind="removal", feature="rest-v1", effective_on="2027-09-09")
        await act(path, "withdraw", reason="No.")

    section = await the_list(client)

    assert "In effect or withdrawn: 11" in text_of(section)
    address = re.search(r'latest 10\. <a href="([^"]+)"', section)[1]
    changes = (await ok(client.get(address))).text
    assert 'name="products" value="clairdash"' in changes
    assert changes.count("Withdrawn:") == 11


async def test_a_lines_page_of_another_day_counts_from_today(client, announce):
    await announce(kind="end_of_support", lines=["3.9"], effective_on="2027-09-09")

    page = (await ok(client.get("/products/clairdash/lines/3.9?at=2027-09-01"))).text

    assert "As of 1 September 2027." in text_of(page)
    assert "effective 9 September 2027 (in 292 days)" in text_of(page)


async def test_what_another_process_has_just_announced_has_its_page_at_once(
    store_url, clock, client, announce
):
    other_store = open_store(store_url)
    other = create_app(in_tests(), other_store, clock)
    async with running(other), connected(other) as reader:
        await ok(reader.get("/products/clairdash"))
        path = await announce(kind="removal", feature="rest-v1")

        page = await reader.get(path.removeprefix("/v1"))

    assert page.status_code == 200


async def test_an_announcement_of_nothing_is_said(client, clairdash):
    assert "Nothing is announced for the days to come." in await the_list(client)


async def test_a_page_is_kept_until_the_deprecation_changes(client, removal, act):
    path = removal.removeprefix("/v1")
    first = await client.get(path)
    tag = {"If-None-Match": first.headers["etag"]}

    unchanged = await client.get(path, headers=tag)
    await act(removal, "withdraw", reason="No.")
    changed = await client.get(path, headers=tag)

    assert unchanged.status_code == 304
    assert changed.status_code == 200


async def test_what_to_do_is_markdown_in_which_html_stays_text(announce, page_of):
    path = await announce(
        kind="removal",
        feature="rest-v1",
        migration="Call **/v2**, see [guide](https://example.com)\n\n- keep `token`\n" + HOSTILE,
        replacement="`REST v2` ![x](https://evil.example/x.png)",
    )

    page = await page_of(path)

    for part in (
        "<strong>/v2</strong>",
        '<a href="https://example.com" rel="nofollow noopener">guide</a>',
        "<li>keep <code>token</code>",
        "Use <strong><bdi><code>REST v2</code>",
    ):
        assert part in page
    assert "<script>alert" not in page
    assert "<img" not in page
