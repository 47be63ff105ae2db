"""Policies on pages: read with those before them, checked line by line, compared, and put."""

import json
import re
from html import unescape

import pytest
import yaml

from lifecycle.policy.presets import preset
from testkit.html_pages import text_of
from testkit.page_addresses import BROWSER
from testkit.responses import ok
from testkit.signed_in import send

PAGE = "/console/policy/clairdash"
NEW = f"{PAGE}/new"
pytestmark = pytest.mark.one_database("what HTTP makes of it")


def changed(**keys):
    """Return the policy that stands, as a second version with some keys changed."""
    document = yaml.safe_load(preset("clairdash"))
    document |= {"version": "2", "in_force_from": "2026-12-01"} | keys
    return yaml.safe_dump(document, sort_keys=False)


def with_window(tier, window):
    tiers = yaml.safe_load(preset("clairdash"))["tiers"]
    tiers[tier]["window"] = window
    return changed(tiers=tiers)


async def revision_on(person, path=NEW):
    return (await person.open(path)).partition('name="revision" value="')[2].partition('"')[0]


async def in_force(client, at="2026-12-02"):
    return (await ok(client.get(f"/v1/products/clairdash/policy?at={at}"))).json()


async def test_the_list_leads_to_each_policy(manager):
    page = await manager.open("/console/policy")

    assert f'href="{PAGE}"' in page
    assert "version 1" in text_of(page)


async def test_a_policy_is_shown_in_words_and_as_text_with_who_put_it(manager, client, publish):
    await ok(client.put("/v1/products/clairdash/policy", content=changed(), headers=publish))
    page = await manager.open(PAGE)
    coming = await manager.open(f"{PAGE}?version=2")
    text = text_of(page)

    assert "In force is version 1" in text
    assert "The enterprise tier covers the five newest minor versions." in text
    assert "window:\n      newest:\n        count: 5" in page
    assert text.index("Version 2 to come") < text.rindex("Version 1 in force")
    assert f'href="{PAGE}?version=2"' in page
    assert "Put bytoken:2 publish on 21 November 2026" in text_of(coming)
    assert "until it comes into force, unless a notice rests on it" in text_of(coming)


async def test_a_policy_that_there_is_not_is_refused(manager):
    for query in ("version=9", "replaced=9", "replaced=x"):
        assert "has no such policy" in await manager.open(f"{PAGE}?{query}", status=404)
    await manager.open(f"{PAGE}?cursor=x", status=400)


async def test_the_form_begins_with_what_stands_under_a_version_of_its_own(manager):
    page = await manager.open(NEW)

    assert "version: &#34;2&#34;" in page
    assert "in_force_from: &#34;2026-11-21&#34;" in page
    assert "count: 5" in page


async def test_every_mistake_is_shown_at_its_line_and_the_text_stays(manager, client):
    lines = [
        "policy: ours",
        "version: 2",
        "in_force_from: 2026-02-30",
        "tiers:",
        "  pro: {rank: one, window: {newest: {count: 0, of: minor}}}",
        "reminder: [30]",
    ]
    answer = await manager.send(NEW, policy="\n".join(lines), revision="1")
    text = text_of(answer.text)

    assert answer.status_code == 400
    for line in (2, 3, 5, 6):
        assert f'href="#line-{line}"' in answer.text, line
        assert f'<li id="line-{line}" class="marked">' in answer.text, line
    assert '<li id="line-4">' in answer.text
    assert "Line 5: tiers.pro.rank must be a whole number" in text
    assert "Line 6: reminder" in text
    assert "Put it in force" not in answer.text
    assert "reminder: [30]</textarea>" in answer.text
    assert (await in_force(client))["version"] == "1"


async def test_mistakes_in_json_are_shown_at_their_lines(manager):
    document = json.loads(json.dumps(yaml.safe_load(changed(timezone="Mars")), default=str))

    answer = await manager.send(NEW, policy=json.dumps(document, indent=1))

    line = json.dumps(document, indent=1).partition("timezone")[0].count("\n") + 1
    assert answer.status_code == 400
    assert f'<li id="line-{line}" class="marked">' in answer.text


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("policy: ours\nversion: [1\n", 2, "ends before it is complete"),
        ("policy: ours\npolicy: ours\n", 2, "given twice"),
        (changed(in_force_from="2026-11-20"), 3, "lies in the past"),
        (changed(version="1"), 2, "can no longer be replaced"),
        ("", None, "is empty; paste a policy or choose a file"),
        ("policy: x\n" * 200_000, None, "at most 1,048,576 are read"),
    ],
)
async def test_what_cannot_be_put_is_named_with_its_line(
    publish, signed_in, clock, text, line, fault
):
    clock.advance(days=2)
    manager = await signed_in("publish")
    answer = await manager.send(NEW, policy=text, revision="1")

    assert answer.status_code in {400, 409}
    assert fault in answer.text
    assert "Put it in force" not in answer.text
    if line:
        assert f'<li id="line-{line}" class="marked">' in answer.text


async def test_the_day_beside_the_text_is_written_into_it(manager):
    answer = await manager.send(NEW, policy=changed(), day="2027-03-01", revision="1")
    wrong = await manager.send(NEW, policy=changed(), day="soon", revision="1")

    assert "in_force_from: &#34;2027-03-01&#34;" in answer.text
    assert "It succeeds version 1 on 1 March 2027" in text_of(answer.text)
    assert wrong.status_code == 400
    assert 'href="#field-day"' in wrong.text


async def test_a_file_takes_the_place_of_a_text_that_nobody_typed(manager):
    page = await manager.open(f"{NEW}?version=1")
    shown = unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1])
    (as_shown,) = re.findall(r'name="policy_as_shown" value="(\w+)"', page)
    said = {"policy": shown, "policy_as_shown": as_shown, "revision": "1"}
    content = changed(reminders=[10]).replace("\n", "\r\n").encode("utf-16")

    answer = await manager.send(NEW, **said, policy_file=content)
    binary = await manager.send(NEW, **said, policy_file=b"\xff\x00\xff")

    assert answer.status_code == 200, answer.text
    assert "A reminder follows 10 days before" in answer.text
    assert binary.status_code == 400
    assert 'href="#field-policy_file"' in binary.text
    assert f'name="policy_as_shown" value="{as_shown}"' in binary.text


async def test_a_file_beside_a_text_that_was_typed_is_refused_and_neither_is_dropped(manager):
    both = {"policy": "mine", "policy_as_shown": "0", "policy_file": changed().encode()}

    refused = await manager.send(NEW, **both, revision="1")

    assert refused.status_code == 400
    assert "holds a text, and a file was chosen as well" in refused.text
    assert "was chosen beside a text" in refused.text
    assert 'href="#field-policy_file"' in refused.text
    assert "mine</textarea>" in refused.text


async def test_who_gains_is_shown_before_it_is_put(manager, customers, client):
    text = with_window("pro", {"newest": {"count": 3, "of": "minor"}})
    checked = await manager.send(NEW, policy=text, revision="1")
    before = await in_force(client)
    led = await manager.submit(NEW, policy=text, revision="1", step="put")

    said = text_of(checked.text)
    assert "Who gains" in said
    assert "Who loses" not in said
    assert "Nobody loses support for a line that is out already." in said
    assert "1 account has a tier for which something changes." in said
    assert "The pro tier covers the three newest minor versions." in said
    assert (before["version"], (await in_force(client))["version"]) == ("1", "2")
    assert led == f"{PAGE}?version=2&done=policy-succeeds"
    assert "It succeeds the one before on its day." in await manager.open(led)


async def test_what_the_promise_rule_keeps_is_shown(manager):
    text = with_window("enterprise", {"newest": {"count": 2, "of": "minor"}})
    said = text_of((await manager.send(NEW, policy=text, revision="1")).text)

    assert "Nobody loses support for a line that is out already." in said
    assert "An earlier promise keeps 3 lines supported longer" in said
    assert "What an earlier promise keeps" in said
    assert "By this policy alone" in said


async def test_notice_periods_that_change_are_shown(manager):
    notice = {
        "removal": {"default": "90 days", "enterprise": "60 days"},
        "discontinuation": "3 years",
    }
    said = text_of((await manager.send(NEW, policy=changed(notice=notice), revision="1")).text)

    assert "the removal of a feature Enterprise 180 days 60 days shorter" in said
    assert "a discontinuation Pro 1 year 3 years longer" in said
    assert "keeps the longer period, counted from that day" in said


async def test_a_dropped_tier_is_a_loss_and_is_refused_while_accounts_have_it(
    manager, customers, client, admin
):
    tiers = yaml.safe_load(preset("clairdash"))["tiers"]
    del tiers["pro"]
    refused = await manager.send(NEW, policy=changed(tiers=tiers), revision="1")
    await ok(client.put("/v1/accounts/acme", json={"tier": "enterprise"}, headers=admin))
    allowed = await manager.send(NEW, policy=changed(tiers=tiers), revision="1")

    assert refused.status_code == 409
    assert "accounts still have pro" in refused.text
    said = text_of(allowed.text)
    assert "Support gets shorter for 1 line" in said
    assert "Who loses" in said
    assert "Pro dropped" in said


async def test_one_is_replaced_within_a_day_and_its_correction_is_logged(manager, client, clock):
    await manager.submit(NEW, policy=changed(), revision="1", step="put")
    start = await manager.open(f"{NEW}?version=2")
    checked = await manager.send(NEW, policy=changed(reminders=[9]), revision="2")
    led = await manager.submit(NEW, policy=changed(reminders=[9]), revision="2", step="put")
    page = text_of(await manager.open(led))

    assert "version: &#39;2&#39;" in start
    assert "It takes the place of what stands under this version" in text_of(checked.text)
    assert "Replace version 2" in checked.text
    assert (await in_force(client))["reminders"] == [9]
    assert "The policy is replaced." in page
    assert "Version 2 to come" in page
    assert "Version 2 replaced" in page
    (number,) = re.findall(rf'href="{PAGE}\?replaced=(\d+)"', await manager.open(PAGE))
    former = text_of(await manager.open(f"{PAGE}?replaced={number}"))
    assert "it never counted" in former
    assert "Can be replaced" not in former


async def test_putting_the_same_again_changes_nothing(manager, client):
    checked = await manager.send(NEW, policy=preset("clairdash"), revision="1")
    led = await manager.submit(NEW, policy=preset("clairdash"), revision="1", step="put")

    assert "Nothing would change." in checked.text
    assert led.endswith("policy-unchanged")
    assert await revision_on(manager) == "1"


async def test_a_policy_sent_twice_is_entered_once_and_blamed_on_nobody_else(manager):
    fields = {"policy": changed(version="mine"), "revision": "1", "step": "put"}

    first = await manager.submit(NEW, **fields)
    second = await manager.submit(NEW, **fields)

    assert first.endswith("policy-succeeds")
    assert second.endswith("policy-unchanged")


async def test_a_policy_is_entered_only_by_a_form_that_says_what_it_succeeds(manager, client):
    refused = await manager.send(NEW, policy=changed(version="mine"), step="put")

    assert refused.status_code == 428
    assert "version: mine" in refused.text
    assert (await in_force(client))["version"] == "1"


async def test_the_second_of_two_people_sees_what_the_first_has_put_and_loses_nothing(
    manager, signed_in, client
):
    other = await signed_in("publish", label="Bo")
    await manager.submit(NEW, policy=changed(version="mine"), revision="1", step="put")

    text = changed(version="theirs", in_force_from="2027-01-01")
    late = await other.send(NEW, policy=text, revision="1", step="put")

    assert late.status_code == 412
    said = text_of(late.text)
    assert "Somebody has entered a policy meanwhile: the newest is version mine" in said
    assert "It succeeds version mine on 1 January 2027" in said
    assert "version: theirs" in late.text
    assert 'name="revision" value="2"' in late.text
    await other.submit(NEW, policy=text, revision="2", step="put")
    assert (await in_force(client, "2027-01-01"))["version"] == "theirs"


async def test_the_second_of_two_first_policies_is_held(manager, client, publish, signed_in):
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=publish))
    new = "/console/policy/studio/new"
    mine = await manager.submit(new, policy=preset("kubernetes"), revision="0", step="put")
    late = await manager.send(new, policy=preset("nodejs"), revision="0", step="put")

    assert mine.endswith("policy-first")
    assert late.status_code in {409, 412}
    assert "Somebody has entered a policy meanwhile" in late.text


async def test_a_successor_begins_on_a_day_on_which_no_policy_starts(manager, client, publish):
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=publish))
    new = "/console/policy/studio/new"
    await manager.submit(
        new, policy=preset("kubernetes"), day="2026-11-21", revision="0", step="put"
    )

    assert "in_force_from: &#34;2026-11-22&#34;" in await manager.open(new)


async def test_presets_are_where_a_first_policy_begins(manager, client, publish):
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=publish))
    offered = await manager.open("/console/policy/studio/new")
    begun = await manager.open("/console/policy/studio/new?preset=kubernetes")

    assert 'href="/console/policy/studio/new?preset=kubernetes#document"' in offered
    assert "policy: &#34;studio-support&#34;" in begun
    assert "in_force_from: &#34;2026-11-21&#34;" in begun
    await manager.open("/console/policy/studio/new?preset=nobodys", status=404)
    await manager.open(f"{NEW}?version=9", status=404)


async def test_one_limited_to_a_product_puts_its_policy_and_no_other(client, publish, signed_in):
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=publish))
    limited = await signed_in("publish:clairdash")
    listed = await limited.open("/console/policy")

    assert "/console/policy/studio" not in listed
    assert "studio" not in await limited.open(PAGE)
    await limited.open("/console/policy/studio", status=403)
    foreign = await limited.send("/console/policy/studio/new", policy=changed(), step="put")
    own = await limited.send(NEW, policy=changed(), revision="1", step="put")
    assert (foreign.status_code, own.status_code) == (403, 303)


async def test_who_only_releases_is_shown_no_policy_page(signed_in):
    release = await signed_in("release")

    assert "/console/policy" not in await release.open("/console")
    await release.open(PAGE, status=403)


async def test_getting_a_page_changes_nothing(manager, client):
    for path in ("/console/policy", PAGE, NEW, f"{NEW}?version=1"):
        await manager.open(path)
    assert await revision_on(manager) == "1"
    assert (await client.get(PAGE, headers=BROWSER)).status_code == 303


async def test_a_hostile_text_is_shown_as_text(manager):
    text = 'policy: "<script>alert(1)</script>"\nversion: "</textarea><b>"\n'
    answer = await send(manager.client, NEW, policy=text, revision="1")

    assert "<script>alert" not in answer.text
    assert "</textarea><b>" not in answer.text
