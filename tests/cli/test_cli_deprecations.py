"""Each command on the local store, and on a service that has the same store."""

import json
import os
import shutil
import uuid
from datetime import date, timedelta

import pytest

from testkit.served_apps import serving

TODAY = date.today()  # noqa: DTZ011 -- only for days far away from it
DRAFT = (
    "deprecation draft --product clairdash --kind removal --feature rest-v1 "
    "--reason Superseded --format json"
)


def test_a_deprecation_is_drafted_previewed_and_announced(lifecycle):
    drafted = lifecycle(DRAFT.replace(" --format json", ""))
    uid = next(word for word in drafted.split() if len(word) == len(str(uuid.uuid4())))

    preview = lifecycle(f"deprecation preview {uid} --notices")
    announced = lifecycle(f"deprecation announce {uid} --no-wait")
    listed = lifecycle("deprecation list --status announced")

    assert f"`lifecycle deprecation preview {uid[:8]}`" in drafted
    assert "enterprise" in preview
    assert "180 days" in preview
    assert "--- announcement" in preview
    assert "removal of rest-v1" in announced
    assert "announced on" in announced
    assert uid[:8] in listed


def test_announcing_says_how_many_it_concerns_and_what_keeps_notices_back(lifecycle):
    mail = lifecycle("subscription add acme email ops@acme.example --confirmed --format json")
    uid = lifecycle(DRAFT)["id"]

    preview = lifecycle(f"deprecation preview {uid}")
    announced = lifecycle(f"deprecation announce {uid} --no-wait")
    lifecycle(f"subscription remove acme {mail['id']}")
    amended = lifecycle(f"deprecation amend {uid} --effective-on 2099-01-31 --reason Later")

    is_local = not os.environ.get("LIFECYCLE_SERVER")
    mail_warning = "Warning: No mail server is set up, so one e-mail address gets nothing."
    for text in (preview, announced):
        # A service whose notices other processes send does not know their mail server.
        assert (mail_warning in text) is is_local
        assert "Warning: No worker is running, so nothing is sent" in text
    assert "1 account is affected.\n" in announced
    assert "1 account is affected. It cannot be notified." in amended
    assert "No mail server" not in amended


def test_an_accounts_own_token_lists_its_own_deliveries(cli, environ, store_file, arranged):
    shutil.copyfile(arranged[0], store_file)
    made = cli("token", "create", "--scope", "account:acme", "--label", "a", "--format", "json")
    with serving(store_file) as address:
        environ.setenv("LIFECYCLE_SERVER", address)
        environ.setenv("LIFECYCLE_TOKEN", json.loads(made[1])["secret"])

        check_own_deliveries(cli)


def check_own_deliveries(cli):
    code, out, _ = cli("deliveries", "list", "--account", "acme", "--format", "json")
    others = cli("deliveries", "list", "--account", "hooli")
    everybodys = cli("deliveries", "list")

    assert (code, out.strip()) == (0, "[]")
    assert others[0] == everybodys[0] == 2
    assert "--account ACCOUNT lists an account's own deliveries" in everybodys[2]


def test_a_preview_says_in_words_what_it_says_in_json(lifecycle):
    day = (TODAY + timedelta(days=2)).isoformat()
    uid = lifecycle(f"{DRAFT} --effective-on {day}")["id"]

    text = lifecycle(f"deprecation preview {uid}")
    document = lifecycle(f"deprecation preview {uid} --format json")

    days = {each["tier"]: each["earliest"] for each in document["earliest"]}
    assert f"\n\nThe earliest day for all tiers together: {max(days.values())}." in text
    assert f"it takes effect on {day} ({', '.join(days)})." in text
    assert f"This would be refused without a waiver: {document['refused']}" in text
    assert days["enterprise"] in document["refused"]
    assert "enterprise" in document["refused"]
    assert [each["account"] for each in document["accounts"]] == ["acme"]
    assert "acme" in text


def test_a_draft_with_a_day_that_is_too_soon_says_so_at_once(lifecycle, cli):
    in_text = DRAFT.replace(" --format json", "")
    drafted = lifecycle(f"{in_text} --effective-on {TODAY + timedelta(days=2)}")
    uid = drafted.split()[0]

    sooner = lifecycle(f"deprecation edit {uid} --effective-on {TODAY + timedelta(days=3)}")
    again = ("deprecation", "edit", uid, "--set", "reason=Old", "--format", "json")
    beside_json = cli(*again)[2]
    later = lifecycle(f"deprecation edit {uid} --effective-on 2099-01-31")

    for said in (drafted, sooner, beside_json):
        assert "Warning: Announcing it today would be refused: " in said
    assert "Warning: Announcing" not in later
    assert "effective: 2099-01-31" in later


def test_a_deprecation_is_drafted_from_a_file_with_versions_as_written(lifecycle, tmp_path):
    file = tmp_path / "end.yaml"
    text = "product: clairdash\nkind: end_of_support\nlines: [3.1]\neffective_on: 2099-01-31\n"
    text += "reason: It is old.\n"
    file.write_text(text)

    drafted = lifecycle("deprecation draft --tier enterprise --format json", file)

    assert (drafted["lines"], drafted["tiers"]) == (["3.1"], ["enterprise"])
    assert drafted["effective_on"] == "2099-01-31"


def test_days_may_differ_by_tier(lifecycle):
    days = "--effective-on pro=2099-01-31 --effective-on enterprise=2099-07-31"

    drafted = lifecycle(f"{DRAFT} {days} --tier pro --tier enterprise")

    assert drafted["effective_on"] == {"pro": "2099-01-31", "enterprise": "2099-07-31"}


def test_what_is_announced_is_postponed_and_withdrawn(lifecycle):
    uid = lifecycle(DRAFT)["id"]
    lifecycle(f"deprecation announce {uid} --no-wait")

    amended = lifecycle(f"deprecation amend {uid} --effective-on 2099-01-31 --reason Later")
    withdrawn = lifecycle(f"deprecation withdraw {uid} --reason Stays")

    listed = lifecycle("deprecation list").splitlines()[1].split()
    assert (listed[-2], listed[-1]) == ("withdrawn", "-")
    assert "effective:" not in withdrawn
    assert "postponed" in amended
    assert "effective: 2099-01-31" in amended
    assert f"{uid}  withdrawn" in withdrawn


def test_too_early_a_day_is_refused_with_the_earliest(lifecycle):
    tomorrow = TODAY + timedelta(days=2)
    uid = lifecycle(f"{DRAFT} --effective-on {tomorrow}")["id"]

    refused = lifecycle(f"deprecation announce {uid}", code=2)

    assert "sooner than promised" in refused
    assert "enterprise" in refused
    assert f"`lifecycle waiver grant --product clairdash --deprecation {uid} …`" in refused


def test_too_early_a_day_of_an_amendment_is_refused_with_the_command_that_permits_it(lifecycle):
    uid = lifecycle(f"{DRAFT} --effective-on 2099-01-31")["id"]
    lifecycle(f"deprecation announce {uid} --no-wait")
    soon = TODAY + timedelta(days=2)

    refused = lifecycle(f"deprecation amend {uid} --effective-on {soon} --reason Sooner", code=2)

    assert f"`lifecycle waiver grant --product clairdash --deprecation {uid} …`" in refused
    assert "name it with --waiver" in refused


def test_a_misspelt_feature_is_refused_with_the_one_that_is_meant(lifecycle):
    refused = lifecycle(DRAFT.replace("rest-v1", "rest-v11"), code=2)

    assert "did you mean `rest-v1`?" in refused


def test_a_waiver_lets_it_come_early_and_can_be_revoked(lifecycle):
    tomorrow = TODAY + timedelta(days=2)
    uid = lifecycle(f"{DRAFT} --effective-on {tomorrow}")["id"]
    what = f"waiver grant --product clairdash --deprecation {uid} --person Ada --reason law"
    granted = lifecycle(f"{what} --explanation Court --until 2099-12-31")
    waiver = granted.split()[0]

    assert f"clairdash: the notice period of {uid[:8]}, Ada, until 2099-12-31" in granted
    announced = lifecycle(f"deprecation announce {uid} --waiver {waiver} --no-wait")
    lifecycle(f"waiver revoke {waiver}")

    assert f"{uid}  announced" in announced
    assert "revoked" in lifecycle("waiver list")


def test_a_draft_is_deleted(lifecycle):
    uid = lifecycle(DRAFT)["id"]

    lifecycle(f"deprecation delete {uid}")

    assert lifecycle("deprecation list --format json") == []


def test_a_webhooks_secret_is_shown_when_it_is_made_and_when_it_is_rotated(lifecycle):
    made = lifecycle("subscription add acme webhook https://hooks.acme.example/in")
    (listed,) = lifecycle("subscription list acme --format json")

    rotated = lifecycle(f"subscription rotate acme {listed['id']} --format json")
    tested = lifecycle(f"subscription test acme {listed['id']}")
    lifecycle(f"subscription remove acme {listed['id']}")

    assert "whsec_" in made
    assert "secret" not in listed
    assert rotated["secret"].startswith("whsec_")
    assert "A test message is queued as delivery" in tested
    assert "`lifecycle deliveries list --account acme`" in tested
    assert lifecycle("subscription list acme --format json") == []


def test_notices_are_sent_again_since_a_day_or_one_by_its_number(lifecycle):
    made = lifecycle("subscription add acme webhook https://hooks.acme.example/in --format json")
    uid = lifecycle(DRAFT)["id"]
    lifecycle(f"deprecation announce {uid} --no-wait")
    (delivery,) = lifecycle(f"deliveries list --deprecation {uid} --format json")
    resend = f"subscription resend acme {made['id']}"

    waiting = lifecycle(f"{resend} --since 2026-01-01")
    counted = lifecycle(f"{resend} --since 2026-01-01T08:00:00+01:00 --format json")
    one = lifecycle(f"{resend} --delivery {delivery['id']}", code=2)

    assert waiting.startswith("0 notices go out again.\n1 is still waiting, and is tried by itself")
    assert counted == {"count": 0}
    assert "is waiting, and is not sent again" in one
    assert "Give either --delivery or --since" in lifecycle(resend, code=2)
    for since in ("soon", "Tomorrow", "2026-01-01T08:00:00"):
        assert f"--since '{since}' is neither a day" in lifecycle(
            f"{resend} --since {since}", code=2
        )
    assert "lies in the future" in lifecycle(f"{resend} --since 9998-01-01", code=2)


def test_deliveries_are_listed_watched_and_replayed(lifecycle):
    lifecycle(
        "subscription add acme webhook https://hooks.acme.example/in --topic product:clairdash"
    )
    uid = lifecycle(DRAFT)["id"]
    announced = lifecycle(f"deprecation announce {uid} --wait")

    (delivery,) = lifecycle(f"deliveries list --deprecation {uid} --format json")
    watched = lifecycle(f"deliveries watch --deprecation {uid}", code=1)
    counted = lifecycle(f"deliveries watch --deprecation {uid} --format json", code=1)
    lifecycle(f"deliveries replay {delivery['id']}")
    table = lifecycle("deliveries list --status waiting --account acme")

    assert "1 not tried yet" in announced
    assert "is `lifecycle serve` or `lifecycle worker` running?" in watched
    assert (counted["fresh"], counted["delivered"]) == (1, 0)
    assert (delivery["account"], delivery["milestone"]) == ("acme", "announcement")
    assert "webhook" in table


def test_reach_names_who_could_not_be_told(lifecycle):
    uid = lifecycle(DRAFT)["id"]
    lifecycle(f"deprecation announce {uid} --no-wait")

    text = lifecycle(f"deprecation reach {uid}")
    document = lifecycle(f"deprecation reach {uid} --format json")

    assert "0 notified, 1 not notified" in text
    assert "ACCOUNT  TIER  AFFECTED  NOTIFIED  DAYS  OWED  READ  MOVED  WHY NOT" in text
    assert document["accounts"][0]["account"] == "acme"
    assert "no subscription" in text


def test_reach_says_what_a_notice_waits_for(lifecycle):
    lifecycle("subscription add acme webhook https://hooks.acme.example/in")
    uid = lifecycle(DRAFT)["id"]
    lifecycle(f"deprecation announce {uid} --no-wait")

    text = lifecycle(f"deprecation reach {uid}")

    assert "not tried yet" in text


def test_evidence_is_written_as_two_files(lifecycle, tmp_path):
    uid = lifecycle(DRAFT)["id"]
    lifecycle(f"deprecation announce {uid} --no-wait")

    lifecycle("evidence --account acme --output", tmp_path / "proof")

    document = json.loads((tmp_path / "proof" / "evidence-acme.json").read_text())
    page = (tmp_path / "proof" / "evidence-acme.html").read_text()
    assert document["deprecations"][0]["deprecation"] == uid
    assert page.lstrip().startswith("<!")


@pytest.mark.parametrize(
    "line",
    [
        "deprecation show nope",
        "deprecation announce nope",
        "deprecation amend nope --reason Later",
        "deprecation withdraw nope --reason Stays",
        "deprecation delete nope",
        "deliveries watch --deprecation nope",
        "subscription list nobody",
        "subscription add acme webhook nowhere",
        "deliveries replay 7",
        "deliveries list --account nobody",
        "waiver revoke nope",
        "evidence --account nobody",
        "deprecation draft --product clairdash --kind removal --feature nope",
        "deprecation draft --effective-on pro=2099-01-01 --effective-on 2099-01-01",
    ],
)
def test_what_is_not_there_is_a_sentence_and_exit_code_2(lifecycle, line):
    said = lifecycle(line, code=2)

    assert "Error: " in said
    assert "defect" not in said
