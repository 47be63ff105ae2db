import csv
import io

import pytest

from testkit.responses import ok

pytestmark = pytest.mark.one_database("what HTTP makes of it")


@pytest.fixture
async def announced(announce, customers):
    """Announce the end of a feature that both customers use; return the path of its page."""
    path = await announce(kind="removal", feature="rest-v1", effective_on="2027-09-01")
    return path.replace("/v1", "/console")


async def downloaded(person, path):
    answer = await person.client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["cache-control"] == "no-store"
    return answer


def rows_in(answer):
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.both_databases
async def test_reach_is_the_apis_as_a_table_and_whole(
    manager, client, publish, announced, monkeypatch
):
    from lifecycle.deprecations.evidence import reach_reports  # noqa: PLC0415

    monkeypatch.setattr(reach_reports, "AT_ONCE", 1)
    shown = (
        await ok(client.get(announced.replace("/console", "/v1") + "/reach", headers=publish))
    ).json()

    document = (await downloaded(manager, f"{announced}/reach.json")).json()
    rows = rows_in(await downloaded(manager, f"{announced}/reach.csv"))

    assert document == shown
    assert [row["account"] for row in rows] == ["acme", "globex"]
    assert (rows[0]["why_not"], rows[0]["deliveries"]) == ("no subscription", "0")
    assert (rows[1]["effective_on"], rows[1]["deliveries"]) == ("2027-09-01", "1")


@pytest.mark.both_databases
async def test_evidence_names_every_account_and_stands_alone(manager, announced):
    document = (await downloaded(manager, f"{announced}/evidence.json")).json()
    page = await downloaded(manager, f"{announced}/evidence.html")

    assert [account["account"] for account in document["accounts"]] == ["acme", "globex"]
    assert document["accounts"][0]["proof"]["recipient"]["why_not"] == "no subscription"
    assert document["head"]["hash"] in page.text
    for part in ("Acme (acme)", "Globex (globex)", "could not be notified: no subscription"):
        assert part in page.text
    assert "unsafe-inline" not in page.headers["content-security-policy"]


async def test_the_affected_accounts_of_a_draft_are_a_table(manager, client, publish, customers):
    body = {"product": "clairdash", "kind": "removal", "feature": "rest-v1", "reason": "Old."}
    made = await ok(client.post("/v1/deprecations", json=body, headers=publish))
    path = made.headers["location"].replace("/v1", "/console")

    rows = rows_in(await downloaded(manager, f"{path}/affected.csv"))

    assert [(row["account"], row["why_not"]) for row in rows] == [
        ("acme", "no subscription"),
        ("globex", ""),
    ]


async def test_the_list_is_a_table_in_which_no_text_becomes_a_formula(
    manager, client, publish, announced
):
    body = {"product": "clairdash", "kind": "removal", "feature": "rest-v1", "reason": "=1+1"}
    await ok(client.post("/v1/deprecations", json=body, headers=publish))

    rows = rows_in(await downloaded(manager, "/console/deprecations.csv"))

    assert [(row["status"], row["reason"]) for row in rows] == [
        ("draft", "'=1+1"),
        ("announced", "It is old."),
    ]


async def test_others_download_nothing_of_it(signed_in, announced, client, admin):
    await ok(client.post("/v1/products", json={"slug": "studio"}, headers=admin))
    limited, reader = await signed_in("publish:studio"), await signed_in("release")

    for name in ("reach.csv", "reach.json", "evidence.json", "evidence.html", "affected.csv"):
        assert (await limited.client.get(f"{announced}/{name}")).status_code == 404
        assert (await reader.client.get(f"{announced}/{name}")).status_code == 403
    assert rows_in(await downloaded(limited, "/console/deprecations.csv")) == []
    assert len(rows_in(await downloaded(reader, "/console/deprecations.csv"))) == 1
