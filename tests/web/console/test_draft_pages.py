import asyncio
import base64
import hashlib
import html
import re

import pytest

from testkit.html_pages import rows_of, text_of
from testkit.responses import ok

NEW = "/console/deprecations/new"
REMOVAL = {
    "product": "clairdash",
    "what": "feature",
    "feature": "rest-v1",
    "kind": "removal",
    "tiers": ["community", "pro", "enterprise"],
    "when": "earliest",
    "reason": "It is old.",
}
STYLES = re.compile(r'style="([^"]*)"|<style>(.*?)</style>', re.DOTALL)
HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) \U0001f9e8"
pytestmark = pytest.mark.one_database("what HTTP makes of it")


@pytest.fixture
async def draft(manager):
    """Draft a removal on its page; return the path of the draft's page."""
    return (await manager.submit(NEW, **REMOVAL)).partition("?")[0]


def fields_on(page):
    """Return the hidden fields of a page, as a browser would send them back."""
    return dict(re.findall(r'<input type="hidden" name="(revision|was)" value="([^"]*)"', page))


async def stored(client, publish, path):
    return (await ok(client.get(path.replace("/console", "/v1"), headers=publish))).json()


async def test_a_new_draft_offers_what_the_catalogue_has(manager):
    page = await manager.open(NEW)

    assert 'name="lines" value="3.9"' in page
    assert '<option value="rest-v1">REST</option>' in page
    assert "Such as vers:semver/&lt;" in page
    for tier in ("community", "pro", "enterprise"):
        assert f'name="tiers" value="{tier}" checked' in page


async def test_a_draft_is_stored_as_the_api_stores_it(manager, client, publish, draft):
    shown = await stored(client, publish, draft)

    assert shown["status"] == "draft"
    assert shown["feature"] == "rest-v1"
    assert shown["tiers"] is None
    assert shown["effective_on"] is None
    assert shown["reason"] == "It is old."
    assert (await client.get("/v1/deliveries", headers=publish)).json()["items"] == []


async def test_everything_on_the_form_is_saved_and_shown_again(manager, client, publish, draft):
    fields = fields_on(await manager.open(draft))
    said = REMOVAL | {
        "tiers": ["pro", "enterprise"],
        "when": "tiers",
        "day-pro": "2027-08-01",
        "day-enterprise": "2027-09-01",
        "from_version": "4.0.0",
        "migration": "Call **/v2**.\r\nKeep your token.",
        "replacement": "REST v2",
        "link_title": ["Guide", ""],
        "link_url": ["https://example.com/guide", ""],
    }

    await manager.submit(draft, **said, **fields)

    shown = await stored(client, publish, draft)
    assert shown["tiers"] == ["pro", "enterprise"]
    assert shown["effective_on"] == {"pro": "2027-08-01", "enterprise": "2027-09-01"}
    assert shown["migration"] == "Call **/v2**.\nKeep your token."
    assert shown["links"] == [{"title": "Guide", "url": "https://example.com/guide"}]
    page = await manager.open(draft)
    for part in ('value="2027-08-01"', 'value="4.0.0"', "<strong>/v2</strong>", "Keep your token."):
        assert part in page
    again = await manager.submit(draft, **said, **fields_on(page))
    assert again.endswith("?done=saved")
    assert (await stored(client, publish, draft))["revision"] == shown["revision"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("reason", "", "must not be empty"),
        ("feature", "rest-v9", "is not a feature of clairdash"),
        ("feature", "", "is empty"),
        ("kind", "party", "must be one of end_of_support, removal"),
        ("what", "", "What changes must be chosen: lines"),
        ("tiers", [], "Tiers must not be empty; choose at least one"),
        ("when", "one", "is empty; give a day"),
        ("link_url", "javascript:alert(1)", "begins with https:// or http://"),
        ("reason", "a\0b", "control character U+0000"),
    ],
)
async def test_a_mistake_is_shown_at_its_field_and_what_was_typed_stays(
    manager, client, publish, field, value, says
):
    said = REMOVAL | {"migration": HOSTILE} | {field: value}

    answer = await manager.send(NEW, **said)

    assert answer.status_code == 400, answer.text
    assert says in text_of(answer.text)
    assert "<script>alert" not in answer.text
    assert HOSTILE in text_of(answer.text)
    drafts = (await client.get("/v1/deprecations", headers=publish)).json()
    assert drafts["items"] == []


async def test_a_day_that_does_not_exist_is_refused_at_its_field(manager):
    answer = await manager.send(NEW, **REMOVAL | {"when": "one", "day": "2027-02-30"})

    assert answer.status_code == 400
    assert 'id="problem-day"' in answer.text
    assert 'value="2027-02-30"' in answer.text


async def test_a_mistake_in_the_day_of_a_tier_names_the_tier(manager):
    answer = await manager.send(NEW, **REMOVAL | {"when": "tiers", "day-pro": "2027-02-30"})

    assert answer.status_code == 400
    assert "The day for Pro is not a valid date; use YYYY-MM-DD" in text_of(answer.text)


async def test_a_second_draft_of_the_same_change_is_refused(manager, draft):
    answer = await manager.send(NEW, **REMOVAL)

    assert answer.status_code == 409
    text = text_of(answer.text)
    assert (
        "The removal of rest-v1 already has a draft; change, announce or delete that one." in text
    )
    assert draft.rpartition("/")[2] not in text
    assert re.search(rf'href="{draft}"><bdi>Removal of .*rest-v1 in .*clairdash', answer.text)


async def test_a_kind_that_does_not_fit_a_feature_is_refused_in_words(manager):
    answer = await manager.send(NEW, **REMOVAL | {"kind": "end_of_support"})
    previewed = await manager.send(
        "/console/deprecations/preview", **REMOVAL | {"kind": "end_of_support"}
    )

    words = "Kind of change does not fit a feature; choose a removal, breaking change or"
    assert answer.status_code == 400
    assert words in text_of(answer.text)
    assert words.removeprefix("Kind of change ") in text_of(previewed.text)
    assert '<option value="end_of_support" selected>' in answer.text


async def test_problems_are_sentences_that_say_what_is_allowed_once(manager):
    answer = await manager.send(NEW, **REMOVAL | {"reason": "", "feature": "x" * 300})

    text = text_of(answer.text)
    assert "or null" not in text
    at_fields = re.findall(r'<small class="error" id="problem-[^"]+">([^<]+)</small>', answer.text)
    assert at_fields
    for problem in at_fields:
        assert problem[0] == problem[0].upper()
        assert problem.rstrip().endswith((".", "?"))
        assert problem.count("allowed:") <= 1


class TestANewDraftSentAgain:
    @pytest.fixture
    async def said(self, manager):
        """Fill in the form of a new draft, with the key that its page gave it."""
        page = await manager.open(NEW)
        (key,) = re.findall(r'name="draft_key" value="([^"]+)"', page)
        return REMOVAL | {"what": "whole_product", "kind": "discontinuation", "draft_key": key}

    @pytest.mark.both_databases
    async def test_at_once_or_later_it_is_one_draft(self, manager, client, publish, said):
        await manager.open(NEW)
        at_once = await asyncio.gather(*(manager.send(NEW, **said) for _ in range(4)))
        later = await manager.send(NEW, **said)

        assert {answer.status_code for answer in (*at_once, later)} == {303}
        assert len({answer.headers["location"] for answer in (*at_once, later)}) == 1
        drafts = (await client.get("/v1/deprecations", headers=publish)).json()["items"]
        assert len(drafts) == 1
        assert drafts[0]["revision"] == 1
        entries = (await client.get("/v1/audit", headers=publish)).json()["items"]
        assert [entry["action"] for entry in entries].count("deprecation.drafted") == 1

    async def test_with_other_words_it_changes_the_draft_it_made(
        self, manager, client, publish, said
    ):
        led = await manager.submit(NEW, **said)

        again = await manager.submit(NEW, **said | {"reason": "A better reason."})

        assert again == led
        (shown,) = (await client.get("/v1/deprecations", headers=publish)).json()["items"]
        assert (shown["reason"], shown["revision"]) == ("A better reason.", 2)

    async def test_with_other_words_after_somebody_changed_the_draft_both_texts_are_shown(
        self, manager, client, publish, said
    ):
        led = await manager.submit(NEW, **said)
        draft = led.partition("?")[0]
        theirs = said | {"reason": "Theirs."} | fields_on(await manager.open(draft))
        await manager.submit(draft, **theirs)

        answer = await manager.send(NEW, **said | {"reason": "A better reason."})

        assert answer.status_code == 412
        assert "Nothing of yours is lost" in answer.text
        for text in ("A better reason.", "Theirs."):
            assert text in answer.text
        chosen = {"keep-reason": "mine"} | fields_on(answer.text)
        await manager.submit(
            led.partition("?")[0], **said | {"reason": "A better reason."} | chosen
        )
        (shown,) = (await client.get("/v1/deprecations", headers=publish)).json()["items"]
        assert shown["reason"] == "A better reason."

    async def test_each_page_makes_a_draft_of_its_own(self, manager, said):
        other = await manager.open(NEW)

        assert f'value="{said["draft_key"]}"' not in other
        refused = await manager.send(NEW, **said | {"reason": ""})
        assert f'value="{said["draft_key"]}"' in refused.text

    async def test_without_a_key_each_is_a_draft_of_its_own(self, manager, client, publish, said):
        led = {await manager.submit(NEW, **said | {"draft_key": ""}) for _ in range(2)}

        assert len(led) == 2

    async def test_another_product_makes_another_draft_of_the_same_key(
        self, manager, client, publish, admin, said, signed_in
    ):
        await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
        led = await manager.submit(NEW, **said)
        limited = await signed_in("publish:studio")

        other = await limited.submit(NEW, **said | {"product": "studio", "tiers": []})

        assert other != led
        await limited.open(led.partition("?")[0], status=404)


class TestThePreview:
    async def test_it_says_the_earliest_day_for_each_tier_and_why(self, manager, draft, customers):
        page = await manager.open(draft)

        rows = {
            text_of(row[0]): [text_of(cell) for cell in row[1:]]
            for row in rows_of(page, "outlook cards")
        }
        assert rows["Pro"][0].startswith("20 May 2027")
        assert rows["Pro"][1].startswith("19 February 2027")
        assert "90 days, by clairdash-support 1" in rows["Pro"][1]
        assert rows["Enterprise"][1].startswith("20 May 2027")
        assert rows["Pro"][2] == "1 affected1 unreachable"
        assert rows["Enterprise"][2] == "1 affected"

    async def test_it_shows_each_notice_as_it_will_be_read(self, manager, draft, customers):
        page = await manager.open(draft)

        text = text_of(page)
        for part in (
            "Announcement: sent on 21 November 2026",
            "Reminder, 90 days before: sent on 19 February 2027",
            "Effective day: sent on 20 May 2027",
            "As Globex (Enterprise), which is affected, will read them.",
        ):
            assert part in text
        assert "&#34;type&#34;: &#34;deprecation.announced&#34;" in page
        assert "REST (rest-v1) in clairdash will be removed on 20 May 2027" in text

    async def test_the_mail_is_framed_with_its_own_styles_and_can_do_nothing(
        self, manager, draft, customers
    ):
        answer = await manager.client.get(draft, headers={"Accept": "text/html"})

        frames = re.findall(r"<iframe (.*?) srcdoc=\"(.*?)\"", answer.text, re.DOTALL)
        assert len(frames) > 2
        assert {attributes for attributes, _ in frames} == {"sandbox"}
        mail = html.unescape(frames[0][1])
        assert mail.startswith("<!doctype html>")
        assert "REST (rest-v1) in clairdash will be removed on 20 May 2027" in mail
        styles = {one or other for one, other in STYLES.findall(mail)}
        policy = answer.headers["content-security-policy"]
        assert len(styles) > 10
        for style in styles:
            digest = hashlib.sha256(html.unescape(style).encode()).digest()
            assert f"'sha256-{base64.b64encode(digest).decode()}'" in policy, style
        assert "unsafe-inline" not in policy
        for path in ("/console/accounts", "/console/deprecations"):
            other = await manager.client.get(path, headers={"Accept": "text/html"})
            assert "sha256" not in other.headers["content-security-policy"]

    async def test_markup_in_a_reason_stays_text_in_the_framed_mail(self, manager, customers):
        said = REMOVAL | {"reason": HOSTILE + '" onload="x" style="color:red'}

        answer = await manager.send("/console/deprecations/preview", **said)

        mails = re.findall(r'srcdoc="(.*?)"', answer.text, re.DOTALL)
        assert mails
        for mail in map(html.unescape, mails):
            assert "<script>" not in mail
            assert "&lt;script&gt;alert(1)" in mail
            assert 'style="color:red' not in mail

    async def test_what_is_typed_is_previewed_and_not_stored(
        self, manager, client, publish, draft, customers
    ):
        before = await stored(client, publish, draft)
        said = REMOVAL | {"deprecation": draft.rpartition("/")[2], "reason": "Typed just now."}
        said |= {"when": "one", "day": "2027-01-01"}

        answer = await manager.send("/console/deprecations/preview", **said)

        assert answer.status_code == 200
        assert "sooner than was promised" in text_of(answer.text)
        assert "Typed just now." in answer.text
        assert await stored(client, publish, draft) == before

    async def test_a_new_draft_is_previewed_before_it_is_stored(self, manager, client, publish):
        answer = await manager.send("/console/deprecations/preview", **REMOVAL | {"reason": ""})

        assert "0 accounts affected" in text_of(answer.text)
        assert (await client.get("/v1/deprecations", headers=publish)).json()["items"] == []

    async def test_it_says_what_must_be_right_first(self, manager):
        answer = await manager.send(
            "/console/deprecations/preview", **REMOVAL | {"feature": "rest-v9"}
        )

        assert answer.status_code == 200
        assert "There is no preview: " in text_of(answer.text)
        assert "is not a feature of clairdash" in text_of(answer.text)


class TestTiersWithoutTheFeature:
    @pytest.fixture
    async def draft(self, client, admin, publish, draft):
        """Draft the removal of a feature that Community does not have."""
        path = "/v1/products/clairdash/features/rest-v1"
        ga = {"name": "REST", "stages": [{"stage": "ga", "from_version": "3.1.0"}]}
        body = ga | {"tiers": ["pro", "enterprise"]}
        await ok(client.put(path, json=body, headers=admin))
        return draft

    async def test_they_are_neither_checked_nor_previewed(self, manager, draft, customers):
        page = await manager.open(draft)

        assert 'name="tiers" value="community">' in page
        assert 'name="tiers" value="pro" checked' in page
        assert "Community (does not have this feature)" in text_of(page)
        tiers = [text_of(row[0]) for row in rows_of(page, "outlook cards")]
        assert tiers == ["Pro", "Enterprise"]
        assert "Community does not have this feature." in text_of(page)

    async def test_saving_what_is_checked_changes_nothing(self, manager, client, publish, draft):
        fields = fields_on(await manager.open(draft))

        await manager.submit(draft, **REMOVAL | {"tiers": ["pro", "enterprise"]}, **fields)

        assert (await stored(client, publish, draft))["tiers"] is None

    async def test_a_day_for_each_tier_wants_none_for_them(self, manager, client, publish, draft):
        fields = fields_on(await manager.open(draft))
        days = {"when": "tiers", "day-pro": "2027-08-01", "day-enterprise": "2027-09-01"}

        await manager.submit(draft, **REMOVAL | {"tiers": ["pro", "enterprise"]} | days, **fields)

        shown = await stored(client, publish, draft)
        assert shown["effective_on"] == {"pro": "2027-08-01", "enterprise": "2027-09-01"}
        assert "Give a day for" not in await manager.open(f"{draft}/announce")

    async def test_what_is_announced_names_the_day_of_those_that_have_it(
        self, manager, client, publish, act, draft
    ):
        await act(draft.replace("/console", "/v1"), "announce")

        rows = rows_of(await manager.open(draft), "effective cards")

        assert [text_of(row[0]) for row in rows] == ["Pro", "Enterprise"]

    async def test_one_that_gets_it_after_the_announcement_is_named(
        self, manager, client, admin, act, draft
    ):
        await act(draft.replace("/console", "/v1"), "announce")
        before = await manager.open(draft)
        path = "/v1/products/clairdash/features/rest-v1"
        ga = {"name": "REST", "stages": [{"stage": "ga", "from_version": "3.1.0"}]}
        await ok(client.put(path, json=ga, headers=admin))

        page = await manager.open(draft)

        said = "Community also has this feature, and is not notified. Amend the announcement"
        assert said in text_of(page)
        assert said not in text_of(before)
        assert len(rows_of(page, "effective cards")) == 2

    async def test_days_for_tiers_that_are_all_checked_leave_them_out(
        self, manager, client, publish, draft
    ):
        days = {"day-community": "2027-08-01", "day-pro": "2027-08-01", "when": "tiers"}
        fields = fields_on(await manager.open(draft))

        await manager.submit(draft, **REMOVAL | days | {"day-enterprise": "2027-09-01"}, **fields)

        shown = await stored(client, publish, draft)
        assert shown["effective_on"] == {"pro": "2027-08-01", "enterprise": "2027-09-01"}


class TestTwoPeople:
    @pytest.mark.both_databases
    async def test_the_second_sees_both_texts_and_decides(
        self, manager, client, publish, draft, signed_in
    ):
        other = await signed_in("publish", label="other")
        mine, theirs = fields_on(await manager.open(draft)), fields_on(await other.open(draft))
        await other.submit(draft, **REMOVAL | {"reason": "Theirs."}, **theirs)

        said = REMOVAL | {"reason": "Mine.", "migration": "Only I wrote this."}
        answer = await manager.send(draft, **said, **mine)

        assert answer.status_code == 412
        text = text_of(answer.text)
        assert "Theirs." in text
        assert "Mine." in text
        assert 'name="keep-migration" value="mine" checked' in answer.text
        assert 'name="keep-reason" value="mine" checked' not in answer.text
        assert 'name="keep-reason" value="saved" checked' not in answer.text
        assert (await stored(client, publish, draft))["reason"] == "Theirs."

        again = fields_on(answer.text)
        undecided = await manager.send(draft, **said, **again, **{"keep-migration": "mine"})
        assert undecided.status_code == 400
        assert "choose which text" in text_of(undecided.text)
        assert "Mine." in undecided.text

        chosen = {"keep-migration": "mine", "keep-reason": "saved"}
        await manager.submit(draft, **said, **again, **chosen)
        shown = await stored(client, publish, draft)
        assert (shown["reason"], shown["migration"]) == ("Theirs.", "Only I wrote this.")

    async def test_one_person_in_two_windows_is_not_told_of_somebody_else(self, manager, draft):
        first = fields_on(await manager.open(draft))
        await manager.submit(draft, **REMOVAL | {"reason": "In one window."}, **first)

        answer = await manager.send(draft, **REMOVAL | {"reason": "In another."}, **first)

        assert answer.status_code == 412
        text = text_of(answer.text)
        assert "The draft was saved after you opened it, here or elsewhere." in text
        assert "somebody" not in text.lower()

    async def test_a_third_text_is_not_overwritten_by_what_was_decided(
        self, manager, client, publish, draft, signed_in
    ):
        other = await signed_in("publish", label="other")
        mine = fields_on(await manager.open(draft))
        await other.submit(
            draft, **REMOVAL | {"reason": "Second."}, **fields_on(await other.open(draft))
        )
        answer = await manager.send(draft, **REMOVAL | {"reason": "Mine."}, **mine)
        await other.submit(
            draft, **REMOVAL | {"reason": "Third."}, **fields_on(await other.open(draft))
        )

        chosen = {"keep-reason": "mine"}
        late = await manager.send(
            draft, **REMOVAL | {"reason": "Mine."}, **fields_on(answer.text), **chosen
        )

        assert late.status_code == 412
        assert "Third." in late.text
        assert (await stored(client, publish, draft))["reason"] == "Third."

    async def test_a_form_that_does_not_say_what_it_changes_is_refused(self, manager, draft):
        answer = await manager.send(draft, **REMOVAL | {"reason": "Mine."})

        assert answer.status_code == 428
        assert "Mine." in answer.text
        assert "It is old." in answer.text

    async def test_a_form_that_is_sent_twice_is_no_conflict(self, manager, client, publish, draft):
        said = REMOVAL | {"reason": "Sent twice."} | fields_on(await manager.open(draft))

        led = [await manager.submit(draft, **said) for _ in range(2)]

        assert led == [f"{draft}?done=saved"] * 2
        assert (await stored(client, publish, draft))["revision"] == 2

    async def test_what_is_typed_into_a_draft_announced_meanwhile_is_shown(
        self, manager, draft, act
    ):
        fields = fields_on(await manager.open(draft))
        await act(draft.replace("/console", "/v1"), "announce")

        answer = await manager.send(draft, **REMOVAL | {"reason": "Too late."}, **fields)

        assert answer.status_code in {409, 412}
        assert "Too late." in answer.text


class TestDeleting:
    async def test_a_page_asks_first_and_its_form_deletes(self, manager, client, publish, draft):
        page = await manager.open(f"{draft}/delete")
        assert (await stored(client, publish, draft))["status"] == "draft"

        led = await manager.submit(f"{draft}/delete", **fields_on(page))

        assert led == "/console/deprecations?done=deleted"
        assert "The draft is deleted." in await manager.open(led)
        await manager.open(draft, status=404)

    async def test_a_draft_that_was_changed_meanwhile_stays(self, manager, client, publish, draft):
        fields = fields_on(await manager.open(f"{draft}/delete"))
        await manager.submit(
            draft, **REMOVAL | {"reason": "Newer."}, **fields_on(await manager.open(draft))
        )

        answer = await manager.send(f"{draft}/delete", **fields)

        assert answer.status_code == 412
        assert (await stored(client, publish, draft))["reason"] == "Newer."


class TestWhoMay:
    @pytest.mark.both_databases
    async def test_a_limited_manager_sees_and_changes_only_own_products(
        self, manager, signed_in, draft, client, admin
    ):
        await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
        limited = await signed_in("publish:studio")

        shown = await limited.open("/console/deprecations")
        assert "rest-v1" not in shown
        assert "clairdash" not in shown
        missing = await limited.open("/console/deprecations/nothing", status=404)
        foreign = await limited.open(draft, status=404)
        uid = draft.rpartition("/")[2]
        assert foreign.replace(uid, "nothing") == missing
        for path in (draft, f"{draft}/delete"):
            answer = await limited.send(path, **REMOVAL, revision="1")
            assert answer.status_code == 404
        refused = await limited.send(NEW, **REMOVAL)
        assert refused.status_code == 403

    async def test_a_product_of_others_is_refused_and_one_that_is_not_shown_unknown(
        self, signed_in, client, publish, admin
    ):
        secret = {"slug": "secret", "public": False}
        for facts in ({"slug": "studio"}, secret):
            await ok(client.post("/v1/products", json=facts, headers=admin))
        limited = await signed_in("publish:studio")

        foreign = await limited.open(f"{NEW}?product=clairdash", status=403)
        hidden = await limited.open(f"{NEW}?product=secret", status=404)

        assert "you have publish:studio." in text_of(foreign)
        assert "Did you mean" not in foreign + hidden

    async def test_a_pipelines_token_reads_what_is_announced_and_no_draft(
        self, signed_in, draft, announce, publish
    ):
        path = (await announce(kind="end_of_support", lines=["3.9"])).replace("/v1", "/console")
        reader = await signed_in("release")

        listed = await reader.open("/console/deprecations")

        assert "3.9" in listed
        assert "rest-v1" not in listed
        page = await reader.open(path)
        assert "/withdraw" not in page
        assert "token:" not in page
        await reader.open(draft, status=404)
        assert (await reader.send(NEW, **REMOVAL)).status_code == 403


class TestTheList:
    async def test_it_filters_by_product_and_status_and_pages(self, manager, draft, announce):
        await announce(kind="end_of_support", lines=["3.9"])

        everything = await manager.open("/console/deprecations")
        drafts = await manager.open("/console/deprecations?product=clairdash&status=draft")

        assert "rest-v1" in everything
        assert "3.9" in everything
        assert "rest-v1" in drafts
        assert "End of support for clairdash 3.9" not in drafts

    @pytest.mark.parametrize("query", ["status=party", "product=nope", "cursor=!"])
    async def test_a_filter_that_fits_nothing_is_refused_on_the_page(self, manager, query):
        answer = await manager.client.get(
            f"/console/deprecations?{query}", headers={"Accept": "text/html"}
        )

        assert answer.status_code in {400, 404}
        assert 'role="alert"' in answer.text

    async def test_an_empty_store_says_what_to_do_first(self, store, signed_in):
        newcomer = await signed_in("admin")

        assert "add a product first" in await newcomer.open("/console/deprecations")
        assert "add a product first" in await newcomer.open(NEW)
