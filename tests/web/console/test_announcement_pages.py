import re
from html import unescape

import msgspec
import pytest
from sqlalchemy import select

from notifications.models import Attempt, Delivery
from testkit.html_pages import text_of
from testkit.responses import ok

ALL = "/v1/deprecations"
REMOVAL = {
    "product": "clairdash",
    "kind": "removal",
    "feature": "rest-v1",
    "reason": "It is old.",
}
pytestmark = pytest.mark.one_database("what HTTP makes of it")


@pytest.fixture
def drafted(client, publish, customers):
    """Draft a deprecation through the API; return the path of its page."""

    async def drafted(**said):
        made = await ok(client.post(ALL, json=REMOVAL | said, headers=publish))
        return made.headers["location"].replace("/v1", "/console")

    return drafted


def revision_on(page):
    return re.search(r'name="revision" value="(\d+)"', page)[1]


async def stored(client, publish, path):
    return (await ok(client.get(path.replace("/console", "/v1"), headers=publish))).json()


@pytest.mark.both_databases
async def test_the_page_says_what_will_happen_and_whom_no_notice_reaches(manager, drafted):
    path = await drafted(effective_on="2027-09-01")

    text = text_of(await manager.open(f"{path}/announce"))

    assert "2 accounts" in text
    assert "1 Enterprise" in text
    assert "The first notice goes out now, the last on 1 September 2027: at most 6" in text
    assert "Announce to 1 account" in text
    assert "It takes effect on 1 September 2027 (in 284 days) for all tiers." in text
    assert "1 account cannot be reached: acme (no subscription)" in text


async def test_without_a_mail_server_the_page_says_that_no_notice_goes_out_by_mail(
    app, manager, drafted
):
    path = await drafted(effective_on="2027-09-01")
    with_mail = text_of(await manager.open(f"{path}/announce"))
    state = app.app_state
    state.settings = msgspec.structs.replace(state.settings, worker=True)

    text = text_of(await manager.open(f"{path}/announce"))

    assert "No mail server is set up, so no notice goes out by e-mail" in text
    assert "No mail server" not in with_mail


async def test_an_end_of_support_names_its_last_day(manager, drafted):
    path = await drafted(
        kind="end_of_support", feature=None, lines=["3.9"], effective_on="2027-09-01"
    )

    assert "Support ends after 31 August 2027 (in 283 days) for all tiers." in text_of(
        await manager.open(f"{path}/announce")
    )


async def test_the_day_named_as_the_last_is_the_one_on_which_it_is_sent(manager, drafted):
    path = await drafted(effective_on="2027-09-04")  # a Saturday, before Labor Day

    text = text_of(await manager.open(f"{path}/announce"))

    assert "the last on 7 September 2027" in text
    assert "Effective day: sent on 7 September 2027" in text
    assert "took effect 3 days ago, on 4 September 2027" in text
    assert "took effect today" not in text


async def test_what_is_scheduled_for_a_day_off_is_owed_from_the_day_it_goes_out(
    manager, client, publish, drafted
):
    path = await drafted(effective_on="2027-06-03")  # 180 days after Saturday, 5 December
    page = await manager.open(f"{path}/announce?on=2026-12-05")
    text = text_of(page)
    assert "The first notice goes out on 7 December 2026" in text
    assert "The earliest day for all tiers is 5 June 2027" in text

    now = revision_on(await manager.open(f"{path}/announce"))
    refused = await manager.send(f"{path}/announce", on="2026-12-05", revision=now)

    assert refused.status_code == 409
    path = await drafted(kind="breaking_change", effective_on="2027-06-05")
    page = await manager.open(f"{path}/announce?on=2026-12-05")
    await manager.submit(f"{path}/announce", on="2026-12-05", revision=revision_on(page))
    assert (await stored(client, publish, path))["announce_on"] == "2026-12-07"


class TestWhoseNoticesAreShown:
    async def put(self, client, admin, slug, **runs):
        """Store an account, before the others in the alphabet or not, with what it runs."""
        path = f"/v1/accounts/{slug}"
        await ok(client.put(path, json={"tier": "enterprise", "name": slug.title()}, headers=admin))
        for name, said in runs.items():
            body = {"product": "clairdash", "version": "3.9.0"} | said
            await ok(client.put(f"{path}/instances/{name}", json=body, headers=admin))
        hook = {"channel": "webhook", "address": f"https://hooks.{slug}.example/in"}
        await ok(client.post(f"{path}/subscriptions", json=hook, headers=admin))

    async def draft(self, client, publish):
        body = REMOVAL | {"effective_on": "2027-09-01"}
        made = await ok(client.post(ALL, json=body, headers=publish))
        return made.headers["location"].replace("/v1", "/console")

    @pytest.mark.both_databases
    async def test_an_affected_account_goes_before_one_that_only_may_be(
        self, manager, client, admin, publish
    ):
        await self.put(client, admin, "aaron")  # reports nothing
        await self.put(client, admin, "umbra", prod={"features": ["rest-v1"]})
        path = await self.draft(client, publish)

        text = text_of(await manager.open(f"{path}/announce"))

        assert "As Umbra (Enterprise), which is affected, will read them." in text
        assert "An account that is only possibly affected gets the first, and one rem" in text
        preview = await ok(
            client.get(f"{path.replace('/console', '/v1')}/preview", headers=publish)
        )
        assert {each["account"] for each in preview.json()["notices"]} == {"umbra"}

    @pytest.mark.both_databases
    async def test_one_that_only_may_be_affected_is_shown_the_two_notices_that_it_gets(
        self, manager, client, admin, publish
    ):
        await self.put(client, admin, "aaron")
        await self.put(client, admin, "umbra", prod={"features": ["rest-v1"]})
        path = (await self.draft(client, publish)).replace("/console", "/v1")

        asked = await ok(client.get(f"{path}/preview?account=aaron&limit=1", headers=publish))

        notices = asked.json()["notices"]
        named = [(each["milestone"], each["affected"]) for each in notices]
        assert named == [("announcement", "possibly"), ("reminder", "possibly")]
        beyond = await ok(client.get(f"{path}/preview?account=umbra&limit=1", headers=publish))
        assert {each["affected"] for each in beyond.json()["notices"]} == {"yes"}

    async def test_where_all_only_may_be_affected_the_page_counts_what_they_get(
        self, manager, client, admin, publish
    ):
        await self.put(client, admin, "aaron")
        path = await self.draft(client, publish)

        text = text_of(await manager.open(f"{path}/announce"))

        assert "As Aaron (Enterprise) will read them. It is only possibly affected" in text
        assert "at most 2 for each account" in text
        assert "the last on 3 June 2027" in text

    async def test_one_without_an_address_is_said_to_be_out_of_reach(
        self, manager, client, admin, publish
    ):
        path = "/v1/accounts/acme"
        await ok(client.put(path, json={"tier": "pro", "name": "Acme"}, headers=admin))
        runs = {"product": "clairdash", "version": "3.9.0", "features": ["rest-v1"]}
        await ok(client.put(f"{path}/instances/prod", json=runs, headers=admin))

        page = await manager.open(f"{await self.draft(client, publish)}/announce")

        assert "It cannot be reached now (no subscription)." in text_of(page)
        assert "<button>Announce</button>" in page

    async def test_why_one_may_be_affected_is_said_from_its_own_point_of_view(
        self, manager, client, admin, publish
    ):
        await self.put(client, admin, "umbra", prod={"features": None})

        page = await manager.open(f"{await self.draft(client, publish)}/affected")

        assert "possibly: it has not reported which features it uses" in text_of(page)

    async def test_where_nobody_is_concerned_the_page_says_that_the_reader_is_made_up(
        self, manager, client, publish
    ):
        page = await manager.open(f"{await self.draft(client, publish)}/announce")

        assert "No account is concerned now: this is what one that is affected" in text_of(page)


async def test_opening_the_page_announces_nothing(manager, client, publish, drafted):
    path = await drafted()

    await manager.open(f"{path}/announce")

    assert (await stored(client, publish, path))["status"] == "draft"


@pytest.mark.both_databases
async def test_its_form_announces_and_leads_to_reach(manager, client, publish, drafted):
    path = await drafted()
    page = await manager.open(f"{path}/announce")

    led = await manager.submit(f"{path}/announce", revision=revision_on(page))

    assert led == f"{path}/reach?done=announced"
    shown = await stored(client, publish, path)
    assert shown["status"] == "announced"
    assert shown["revisions"][0]["actor"].endswith("publish")
    reach = text_of(await manager.open(led))
    assert "0 of 2 accounts notified." in reach
    assert "no: no subscription" in reach
    page = await manager.open(path)
    assert "Announced" in text_of(page)
    assert f'href="{path}/withdraw"' in page


async def test_a_later_day_schedules_the_announcement(manager, client, publish, drafted):
    path = await drafted()
    page = await manager.open(f"{path}/announce?on=2026-12-01")
    assert "Schedule the announcement" in page

    led = await manager.submit(f"{path}/announce", on="2026-12-01", revision=revision_on(page))

    assert led == f"{path}?done=scheduled"
    assert (await stored(client, publish, path))["announce_on"] == "2026-12-01"
    assert "It announces itself on 1 December 2026." in text_of(await manager.open(led))


class TestTooEarlyADay:
    async def test_it_is_refused_with_the_earliest_day_and_the_tiers_that_force_it(
        self, manager, client, publish, drafted
    ):
        path = await drafted(effective_on="2027-03-01")
        page = await manager.open(f"{path}/announce")
        text = text_of(page)
        assert "The earliest day for all tiers is 20 May 2027" in text
        assert "Enterprise: 20 May 2027 (180 days, by clairdash-support 1)" in text
        assert "Pro: 19 February" not in text.partition("What forces it")[2].partition("Tier")[0]
        assert f'action="{path}/announce"' not in page

        answer = await manager.send(f"{path}/announce", revision="1")

        assert answer.status_code == 409
        assert "It was not announced: its day is too soon." in text_of(answer.text)
        assert (await stored(client, publish, path))["status"] == "draft"

    async def test_of_tiers_that_are_all_too_soon_only_those_that_have_the_latest_day_force_it(
        self, manager, drafted
    ):
        path = await drafted(effective_on="2027-01-01")

        text = text_of(await manager.open(f"{path}/announce"))

        forcing = text.partition("What forces it:")[2].partition("Choose a later day")[0]
        assert "Enterprise: 20 May 2027" in forcing
        assert "Pro:" not in forcing

    async def test_of_days_by_tier_each_that_is_too_soon_is_named_with_its_own(
        self, manager, drafted
    ):
        days = {"community": "2027-09-01", "pro": "2027-01-01", "enterprise": "2027-01-02"}
        path = await drafted(effective_on=days)

        text = text_of(await manager.open(f"{path}/announce"))

        forcing = text.partition("whose day is too soon:")[2].partition("Choose a later day")[0]
        assert "Pro: 19 February 2027" in forcing
        assert "Enterprise: 20 May 2027" in forcing
        assert "Community" not in forcing

    async def test_a_waiver_is_granted_on_its_page_and_chosen(
        self, manager, client, publish, drafted
    ):
        path = await drafted(effective_on="2027-03-01")
        page = await manager.open(f"{path}/announce")
        (link,) = re.findall(r'href="([^"]*/waiver[^"]*)"', page)
        assert "What forces it" in page
        assert "<button>Announce" not in page
        await manager.open(unescape(link))

        led = await manager.submit(
            f"{path}/waiver",
            purpose="announce",
            person="R. Fuchs",
            reason="security",
            explanation="It leaks.",
            until="2026-12-31",
        )
        page = await manager.open(led)
        (waiver,) = re.findall(r'<option value="([0-9a-f-]{36})" selected>', page)
        await manager.submit(f"{path}/announce", revision=revision_on(page), waiver=waiver)

        assert (await stored(client, publish, path))["revisions"][0]["waiver"] == waiver
        assert "R. Fuchs" in text_of(await manager.open(f"{path}/reach"))

    @pytest.mark.both_databases
    async def test_a_waiver_sent_twice_is_recorded_once(self, manager, client, publish, drafted):
        path = await drafted(effective_on="2027-03-01")
        said = {"person": "R. Fuchs", "reason": "law", "explanation": "It must go."}
        said |= {"purpose": "announce", "until": "2026-12-31"}

        first = await manager.submit(f"{path}/waiver", **said)
        again = await manager.submit(f"{path}/waiver", **said)
        longer = await manager.submit(f"{path}/waiver", **said | {"until": "2027-01-31"})

        granted = (await client.get("/v1/waivers", headers=publish)).json()["items"]
        assert (again == first, longer == first) == (True, False)
        assert [waiver["until"] for waiver in granted] == ["2027-01-31", "2026-12-31"]
        await ok(client.delete(f"/v1/waivers/{granted[1]['id']}", headers=publish))
        assert await manager.submit(f"{path}/waiver", **said) != first

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("person", "", "Who decides must not be empty"),
            ("reason", "", "Why must not be empty"),
            ("reason", "whim", "law, security, third_party, other"),
            ("until", "2026-01-01", "lies in the past"),
            ("until", "soon", "is not a valid date"),
            ("until", "", "Last day on which it may be used must not be empty"),
        ],
    )
    async def test_a_waiver_with_a_mistake_is_shown_again(
        self, manager, client, publish, drafted, field, value, says
    ):
        path = await drafted(effective_on="2027-03-01")
        said = {
            "person": "R. Fuchs",
            "reason": "security",
            "explanation": "It leaks.",
            "until": "2026-12-31",
        }

        answer = await manager.send(f"{path}/waiver", **said | {field: value})

        assert answer.status_code == 400
        assert says in text_of(answer.text)
        assert "It leaks." in answer.text
        assert (await client.get("/v1/waivers", headers=publish)).json()["items"] == []


async def test_a_draft_that_was_changed_since_the_page_was_opened_is_not_announced(
    manager, client, publish, drafted
):
    path = await drafted()
    revision = revision_on(await manager.open(f"{path}/announce"))
    api = path.replace("/console", "/v1")
    etag = (await client.get(api, headers=publish)).headers["etag"]
    headers = publish | {"If-Match": etag}
    await ok(client.patch(api, json={"reason": "Another."}, headers=headers))

    answer = await manager.send(f"{path}/announce", revision=revision)
    without = await manager.send(f"{path}/announce")

    assert (answer.status_code, without.status_code) == (412, 428)
    assert (await stored(client, publish, path))["status"] == "draft"


async def test_what_is_announced_is_not_announced_again(manager, client, publish, drafted, act):
    path = await drafted()
    page = await manager.open(f"{path}/announce")
    await act(path.replace("/console", "/v1"), "announce")

    led = await manager.submit(f"{path}/announce", revision=revision_on(page))
    again = await manager.client.get(f"{path}/announce", headers={"Accept": "text/html"})

    assert led == again.headers["location"] == f"{path}/reach?done=already"
    assert "nothing was sent again" in await manager.open(led)
    assert len((await stored(client, publish, path))["revisions"]) == 1


class TestNamesOnDemand:
    async def test_they_are_on_a_page_apart_and_paged(self, manager, drafted, monkeypatch):
        from lifecycle.web.console import reach_pages  # noqa: PLC0415

        monkeypatch.setattr(reach_pages, "ON_A_PAGE", 1)
        path = await drafted()

        first = await manager.open(f"{path}/affected")
        (more,) = re.findall(r'href="([^"]*)" rel="next"', first)
        second = await manager.open(unescape(more))

        assert ("acme" in first, "globex" in first) == (True, False)
        assert ("acme" in second, "globex" in second) == (False, True)
        assert 'rel="next"' not in second

    async def test_those_whom_no_notice_reaches_alone(self, manager, drafted):
        path = await drafted()

        page = await manager.open(f"{path}/affected?only=unreachable")

        assert "acme" in page
        assert "globex" not in page


class TestReach:
    @pytest.mark.both_databases
    async def test_a_delivery_is_sent_again_by_its_button(
        self, manager, client, publish, drafted, act
    ):
        path = await drafted()
        await act(path.replace("/console", "/v1"), "announce")
        page = await manager.open(f"{path}/reach")
        (delivery,) = re.findall(r'name="delivery" value="(\d+)"', page)

        led = await manager.submit(f"{path}/replay", delivery=delivery)

        assert "The notice is sent again." in await manager.open(led)
        log = (await client.get("/v1/audit", headers=publish)).json()["items"]
        assert log[0]["action"] == "delivery.replayed"

    async def test_only_its_own_deliveries_are(self, manager, drafted, act):
        first, second = await drafted(), await drafted(kind="breaking_change")
        await act(first.replace("/console", "/v1"), "announce")
        (delivery,) = re.findall(
            r'name="delivery" value="(\d+)"', await manager.open(f"{first}/reach")
        )

        for number, status in ((delivery, 404), ("99", 404), ("", 400), ("x", 400)):
            answer = await manager.send(f"{second}/replay", delivery=number)
            assert answer.status_code == status

    async def test_it_refreshes_itself_only_while_something_is_on_its_way(
        self, manager, drafted, act, store, clock
    ):
        path = await drafted()
        await act(path.replace("/console", "/v1"), "announce")

        page = await manager.open(f"{path}/reach")
        assert 'data-refresh="3"' in page
        assert "Deliveries: 1 about to be sent. As of" in text_of(page)

        async with store.writing() as session:
            delivery = await session.scalar(select(Delivery))
            delivery.state, delivery.due_at, delivery.tries = "delivered", None, 1
            facts = {"milliseconds": 12, "succeeded": True, "status": 200}
            answered = Attempt(delivery_id=delivery.id, at=clock(), answer="answered 200", **facts)
            session.add(answered)

        page = await manager.open(f"{path}/reach")
        assert "data-refresh" not in page
        assert "Deliveries: 1 delivered. As of" in text_of(page)
        assert "1 try; last answer: answered 200Send again" in text_of(page)


async def test_another_products_manager_finds_none_of_it(
    manager, signed_in, drafted, act, client, admin
):
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
    path = await drafted()
    await act(path.replace("/console", "/v1"), "announce")
    limited = await signed_in("publish:studio")

    for page in ("", "/announce", "/waiver", "/reach", "/affected"):
        missing = await limited.open(f"/console/deprecations/nothing{page}", status=404)
        foreign = await limited.open(f"{path}{page}", status=404)
        assert foreign.replace(path.rpartition("/")[2], "nothing") == missing
    for form in ("announce", "waiver", "replay"):
        fields = {"revision": "2", "delivery": "1", "until": "2026-12-31"}
        fields |= {"person": "P", "reason": "law", "explanation": "E"}
        assert (await limited.send(f"{path}/{form}", **fields)).status_code == 404
