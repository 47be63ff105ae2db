import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.documents import UnreadableDocument
from lifecycle.errors import Problem
from lifecycle.interchange.accounts import parse_accounts

WIDE = """account,name,tier,addresses,instances,region
acme,Acme Inc,enterprise,ops@acme.example webhook:https://acme.example/hook,\
production=clairdash@3.35.2 staging=clairdash@3.36.0,EU
globex,Globex,pro,mailto:it@globex.example; chat:slack://token,clairdash@3.39.1,US
initech,,community,,,US
"""
LONG = """account,name,tier,addresses,instance,product,version,\
environment,instance_tier,features,last_seen
acme,Acme Inc,enterprise,ops@acme.example,production,clairdash,3.35.2,\
production,pro,ai-builder SidecarContainers,2026-11-01
acme,,,webhook:https://acme.example/hook,staging,clairdash,2024 LTSC,\
staging,,,2026-11-01T10:00:00Z
"""


def parse(text, file="customers.csv"):
    read = parse_accounts(text, file=file)
    return read.accounts, read.problems


def test_one_row_can_say_all_of_an_account():
    accounts, problems = parse(WIDE)

    assert problems == []
    acme, globex, initech = accounts
    assert (acme.account.slug, acme.account.name, acme.account.tier) == (
        "acme",
        "Acme Inc",
        "enterprise",
    )
    assert [(a.channel, a.address) for a in acme.addresses] == [
        ("email", "ops@acme.example"),
        ("webhook", "https://acme.example/hook"),
    ]
    assert {n: (i.product, i.version) for n, i in acme.instances.items()} == {
        "production": ("clairdash", "3.35.2"),
        "staging": ("clairdash", "3.36.0"),
    }
    assert [a.channel for a in globex.addresses] == ["email", "chat"]
    assert list(globex.instances) == ["clairdash"]
    assert (initech.account.name, initech.addresses, initech.instances) == ("", (), {})


def test_several_rows_can_say_one_instance_each():
    [acme], problems = parse(LONG)

    assert problems == []
    assert acme.account.tier == "enterprise"
    assert len(acme.addresses) == 2
    production, staging = acme.instances.values()
    assert (production.environment, production.tier) == ("production", "pro")
    assert production.features == ("ai-builder", "SidecarContainers")
    assert production.last_seen == datetime(2026, 11, 1, tzinfo=UTC)
    assert (staging.version, staging.features) == ("2024 LTSC", None)
    assert staging.last_seen == datetime(2026, 11, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "field", "place"),
    [
        (WIDE, "accounts[globex].tier", "line 3, tier"),
        (WIDE, "accounts[globex].addresses[1]", "line 3, addresses"),
        (WIDE, "accounts[acme].instances[staging].product", "line 2, instances[staging].product"),
        (LONG, "accounts[acme].tier", "line 2, tier"),
        (LONG, "accounts[acme].instances[staging].tier", "line 3, instance_tier"),
        ('[{"account": "acme", "tier": "pro"}]', "accounts[acme].tier", "accounts[acme].tier"),
    ],
)
def test_what_the_store_refuses_is_named_by_line_and_column(text, field, place):
    read = parse_accounts(text, file="customers" if text[0] == "[" else "customers.csv")

    assert read.on_line(Problem(field, "is not known")).field == place


def test_json_says_the_same():
    account = {
        "account": "acme",
        "name": "Acme Inc",
        "tier": "enterprise",
        "addresses": [
            "ops@acme.example",
            {"channel": "webhook", "address": "https://acme.example/hook", "topics": ["product:x"]},
        ],
        "instances": {"production": {"product": "clairdash", "version": "3.35.2", "features": []}},
    }
    listed = {
        **account,
        "instances": [
            {"name": "production", "product": "clairdash", "version": "3.35.2", "features": []}
        ],
    }
    slugged = {("slug" if key == "account" else key): value for key, value in account.items()}

    results = [
        parse(json.dumps(text), "c.json")
        for text in ([account], {"accounts": [account]}, [listed], [slugged])
    ]

    assert all(result == results[0] for result in results)
    [acme], problems = results[0]
    assert problems == []
    assert acme.addresses[1].topics == ("product:x",)
    assert acme.instances["production"].features == ()


def test_json_may_write_instances_as_text():
    [acme], problems = parse(
        '[{"account": "acme", "tier": "pro", "instances": ["a=x@1", "y@2"]}]', "c.json"
    )

    assert problems == []
    assert list(acme.instances) == ["a", "y"]


@pytest.mark.parametrize(
    ("row", "place", "message"),
    [
        ("Acme,,pro,,", "line 2, account", "lower-case"),
        (",,pro,,", "line 2, account", "is missing"),
        ("acme,,,,", "line 2, tier", "must not be empty"),
        ("acme,,pro,,,x,y", "line 2", "7 cells"),
    ],
)
def test_a_broken_account_is_told_with_row_and_column_and_the_rest_is_read(row, place, message):
    accounts, problems = parse(
        f"account,name,tier,addresses,instances\n{row}\nglobex,Globex,pro,,\n"
    )

    assert [account.account.slug for account in accounts] == ["globex"]
    assert [problem.field for problem in problems] == [f"customers.csv, {place}"]
    assert message in problems[0].message


@pytest.mark.parametrize(
    ("row", "place", "message"),
    [
        ("acme,,pro,nobody,", "line 2, addresses", "bare e-mail address"),
        ("acme,,pro,fax:123,", "line 2, addresses", "bare e-mail address"),
        ("acme,,pro,,clairdash", "line 2, instances", "name=product@version"),
        ("acme,,pro,,Clair@3", "line 2, instances.product", "must be 1 to 100 lower-case letters"),
        ("acme,,pro,,a=x@1 a=x@2", "line 2, instance", "twice with different facts"),
    ],
)
def test_a_broken_address_or_instance_costs_only_itself(row, place, message):
    [acme], problems = parse(f"account,name,tier,addresses,instances\n{row}\n")

    assert acme.account.tier == "pro"
    assert [problem.field for problem in problems] == [f"customers.csv, {place}"]
    assert message in problems[0].message


def test_rows_that_contradict_each_other_are_told():
    [acme], problems = parse("account,tier\nacme,pro\nacme,enterprise\n")

    assert acme.account.tier == "pro"
    assert [str(problem) for problem in problems] == [
        "customers.csv, line 3, tier: contradicts 'pro' in an earlier row, which is kept"
    ]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("c.csv", "account,teir,adresses,email\nacme,pro,a@b.example,b@b.example\n"),
        (
            "c.json",
            '[{"account": "acme", "teir": "pro"}, {"account": "b", "adresses": "x", "email": 1}]',
        ),
    ],
)
def test_every_column_that_is_not_read_is_noted_once_with_the_nearest_name(file, text):
    read = parse_accounts(text, file=file)

    assert read.problems == []
    assert read.notes == [
        f"{file}: 'teir' is not a known column and is not read; did you mean `tier`?",
        f"{file}: 'adresses' is not a known column and is not read; did you mean `addresses`?",
        f"{file}: 'email' is not a known column and is not read.",
    ]


def test_of_many_columns_that_are_not_read_the_first_are_noted():
    columns = ",".join(f"score {number}" for number in range(30))

    read = parse_accounts(f"account,{columns}\nacme\n", file="c.csv")

    assert len(read.notes) == 21
    assert read.notes[0] == "c.csv: 'score 0' is not a known column and is not read."
    assert read.notes[-1] == "c.csv: 10 more columns are not read."


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("c.csv", ""),
        ("c.csv", "name,tier\n"),
        ("c.csv", "account,account,tier\n"),
        ("c.json", "{}"),
        ("c.json", '"acme"'),
        ("c.json", "[" * 1000),
    ],
)
def test_a_file_that_is_no_customer_list_is_refused(file, text):
    with pytest.raises(UnreadableDocument):
        parse(text, file)


cells = st.text('abc@:=;, .1/é\x00"\n', max_size=20)
values = st.recursive(
    st.none() | st.booleans() | cells | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["product", "version", "name", "channel", "address", "x"]), inner
        )
    ),
    max_leaves=6,
)
entries = st.dictionaries(
    st.sampled_from(["account", "name", "tier", "addresses", "instances", "instance", "product"]),
    values,
)


@given(st.lists(entries | values, max_size=3))
def test_any_json_list_is_read_or_refused(listed):
    try:
        accounts, _ = parse(json.dumps(listed), "c.json")
    except UnreadableDocument:
        return
    assert len(accounts) <= len(listed)


@given(st.lists(st.lists(cells, max_size=5), max_size=4))
def test_any_csv_is_read(rows):
    body = "\n".join(",".join(row) for row in rows)

    accounts, _ = parse("account,tier,addresses,instances\n" + body)

    assert all(account.account.slug for account in accounts)


@pytest.mark.parametrize(
    "addresses",
    [
        "slack://T/hush",
        ["teams://hush"],
        [{"chat": "slack://T/hush"}],
        [{"channel": "chat", "address": ["slack://hush"]}],
        [["slack://T/hush"]],
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated_since_it_may_hold_a_token(addresses):
    listed = [{"account": "acme", "tier": "pro", "addresses": addresses}]

    _, problems = parse(json.dumps(listed), "c.json")

    assert problems
    assert "hush" not in str([(problem.message, problem.value) for problem in problems])


def test_a_comma_ends_an_instance():
    [acme], problems = parse('account,tier,instances\nacme,pro,"a=x@1,b=x@2, c=y@3"\n')

    assert problems == []
    assert {name: each.version for name, each in acme.instances.items()} == {
        "a": "1",
        "b": "2",
        "c": "3",
    }


def test_a_day_that_does_not_exist_is_refused_as_it_was_written():
    _, [problem] = parse(
        "account,tier,instance,product,version,last_seen\nacme,pro,a,x,1,2026-13-01\n"
    )

    assert problem.value == "2026-13-01"
    assert "T00" not in problem.message
