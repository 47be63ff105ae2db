"""What a command changed, programs read as JSON: the API's answer, or what is gone."""

import json

from testkit.manual_pages import MANUAL, table

DRAFT = "--product clairdash --kind removal --feature rest-v1 --reason Superseded"


def test_what_is_removed_is_named_by_its_address(lifecycle):
    lifecycle("product add w --name W")
    lifecycle("feature put w export --name Export")
    lifecycle("account put hooli --tier pro")
    lifecycle("instance put hooli lab --product clairdash --version 3.2.0")
    draft = lifecycle(f"deprecation draft {DRAFT} --format json")

    gone = [
        lifecycle(f"{line} --format json")
        for line in (
            "feature remove w export --yes",
            "product remove w --yes",
            "instance remove hooli lab --yes",
            f"deprecation delete {draft['id'][:8]}",
        )
    ]

    assert gone == [
        {"address": address, "outcome": "removed"}
        for address in (
            "/v1/products/w/features/export",
            "/v1/products/w",
            "/v1/accounts/hooli/instances/lab",
            f"/v1/deprecations/{draft['id']}",
        )
    ]


def test_a_waiver_is_revoked_and_an_address_removed(lifecycle):
    waiver = lifecycle(
        "waiver grant --product clairdash --rule removal-overdue --subject rest-v1 --person J"
        " --reason law --explanation x --until 2099-01-31 --format json"
    )
    address = "webhook https://hooks.acme.example/life"
    added = lifecycle(f"subscription add acme {address} --format json")

    revoked = lifecycle(f"waiver revoke {waiver['id']} --format json")
    removed = lifecycle(f"subscription remove acme {added['id'][:6]} --format json")

    assert revoked == {"address": f"/v1/waivers/{waiver['id']}", "outcome": "revoked"}
    address = f"/v1/accounts/acme/subscriptions/{added['id']}"
    assert removed == {"address": address, "outcome": "removed"}


def test_a_policy_is_printed_as_it_is_stored(lifecycle, tmp_path):
    document = lifecycle("policy show --product clairdash --format json")
    (tmp_path / "policy.json").write_text(json.dumps(document))

    assert lifecycle(f"policy put clairdash {tmp_path}/policy.json --format json") == document


def test_an_import_prints_its_report_and_exits_1_where_something_is_left_out(lifecycle, tmp_path):
    (tmp_path / "r.csv").write_text("version,day\n3.9.0,2026-02-01\nx y,soon\n")
    line = f"import releases {tmp_path}/r.csv --product clairdash --format json"

    report = lifecycle(line, code=1)

    assert report["dry_run"] is False
    assert report["products"][0]["releases"]["created"] == ["3.9.0"]
    assert [problem["field"] for problem in report["problems"]] == ["r.csv, line 3, day"]


def test_a_customer_list_prints_its_report(lifecycle, tmp_path):
    (tmp_path / "a.csv").write_text("account,tier\nwayne,pro\n")

    report = lifecycle(f"import accounts {tmp_path}/a.csv --format json")

    assert (report["created"], report["problems"]) == (["wayne"], [])


def test_a_revoked_token_and_replayed_deliveries_are_printed(cli, demo):
    cli("token", "create", "--scope", "release", "--label", "x")
    number = json.loads(cli("token", "list", "--format", "json")[1])[-1]["id"]
    deliveries = json.loads(cli("deliveries", "list", "--limit", "2", "--format", "json")[1])
    ids = [str(delivery["id"]) for delivery in deliveries]

    token = json.loads(cli("token", "revoke", str(number), "--format", "json")[1])
    code, out, _ = cli("deliveries", "replay", *ids, "--format", "json")

    assert (token["id"], token["state"]) == (number, "revoked")
    assert (code, [str(delivery["id"]) for delivery in json.loads(out)]) == (0, ids)


def test_commands_of_the_machine_print_what_the_manual_lists(cli, environ, tmp_path):
    documented = {
        command.strip("`"): {name.strip("` ") for name in members.split(",")}
        for command, members in table(MANUAL / "commands.md", "local command")
    }
    arguments = {
        "db upgrade": (),
        "db backup": (tmp_path / "saved",),
        "db restore": (tmp_path / "saved", "--replace"),
        "key new": (),
        "key rotate": (),
    }
    cli("token", "create", "--scope", "admin", "--label", "x")

    for name, more in arguments.items():
        code, out, err = cli(*name.split(), *more, "--format", "json")

        assert code == 0, err
        assert json.loads(out).keys() == documented.pop(name)
    assert not documented
