"""Days and versions at the ends of what can be said."""

import itertools

import pytest

from testkit.server_processes import PRODUCT, RELEASES, fact

FIRST, OLD, LAST = "0001-01-01", "1900-01-01", "9999-12-31"
DAYS = [FIRST, "0001-01-02", OLD, "1999-12-31", "2024-02-29", "9999-12-30", LAST]
NO_DAYS = ["0000-01-01", "10000-01-01", "2026-02-29", "2026-13-01", "2026-1-1", "-0001-01-01", ""]
MOMENTS = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00-12:00",
    "1900-01-01T00:00:00-05:00",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59+14:00",
    "9999-12-31T23:59:59-12:00",
    "9999-12-24T12:00:00Z",
]
NO_MOMENTS = ["2026-01-01T00:00:00", "2026-01-01", "2026-01-01T25:00:00Z", "now", "1", ""]
PHASES = ["active_support", "security_support", "extended_support", "end_of_life"]
ANSWERED = {200, 404}


@pytest.fixture(autouse=True)
def _no_defect(lasting):
    before = lasting.printed().count('"defect"')
    yield
    assert lasting.printed().count('"defect"') == before


def accepted(answer):
    assert answer.is_success, answer.text


@pytest.fixture(scope="module", autouse=True)
def windows(client):
    """Store a product whose tiers use every kind of window, with lines that declare extremes."""
    accepted(client.post("/v1/products", json={"slug": "windows"}))
    tiers = {
        "count": {"newest": {"count": 2, "of": "minor"}},
        "time": {"for": {"years": 100, "from": "line_release"}},
        "months": {"for": {"months": 18, "from": "superseded"}},
        "declared": {"declared": PHASES},
        "floor": {"newest": {"count": 1, "of": "release"}, "at_least": {"years": 100}},
        "announced": {"newest": {"count": 1, "of": "major"}, "ends": "after_notice"},
        "none": {"none": True},
    }
    document = {
        "policy": "windows",
        "version": "1",
        "in_force_from": FIRST,
        "timezone": "Pacific/Kiritimati",
        "business_hours": {
            "days": ["mon", "fri"],
            "open": "09:00",
            "close": "17:00",
            "holidays": "US",
        },
        "tiers": {
            name: {"rank": rank, "window": window, "response": {"business_days": 400}}
            for rank, (name, window) in enumerate(tiers.items())
        },
    }
    accepted(client.put("/v1/products/windows/policy", json=document))
    releases = [fact("1.0.0", FIRST), fact("1.1.0", OLD), fact("1.2.0", "2024-02-29")]
    releases += [{"version": "2.0.0", "planned_on": LAST}]
    accepted(client.post("/v1/products/windows/releases", json=releases))
    for line, day in (("1.0", FIRST), ("1.1", LAST)):
        body = {"declared": dict.fromkeys(PHASES, day), "lts": day}
        accepted(client.put(f"/v1/products/windows/lines/{line}", json=body))
    feature = {
        "stages": [{"stage": "ga", "from_day": FIRST}, {"stage": "removed", "from_day": LAST}]
    }
    accepted(client.put("/v1/products/windows/features/x", json=feature))
    accepted(client.post("/v1/accounts", json={"slug": "edge", "tier": "time"}))
    for version in ("1.0.0", "1.1.0", "1.2.0", "2.0.0", "7.7.7"):
        body = {"product": "windows", "version": version, "last_seen": MOMENTS[0]}
        accepted(client.put(f"/v1/accounts/edge/instances/{version}", json=body))


@pytest.mark.parametrize("day", DAYS)
def test_any_day_is_answered(client, day):
    for product, version in itertools.product(
        ("clairdash", "windows"), ("1.0.0", "1.1.0", "2.0.0", "3.9.0")
    ):
        path = f"/v1/products/{product}"
        for asked in ("support?", f"versions/{version}?", "policy?", "features?"):
            assert client.get(f"{path}/{asked}at={day}").status_code in ANSWERED
    for account, within in itertools.product(("acme", "edge"), (0, 90, 36500)):
        status = client.get(f"/v1/accounts/{account}/status?at={day}&within={within}")
        assert status.status_code == 200


@pytest.mark.parametrize("day", NO_DAYS)
def test_what_is_no_day_is_refused(client, day):
    asked = [f"{PRODUCT}/support", f"{PRODUCT}/versions/3.9.0", "/v1/accounts/acme/status"]
    bodies = [
        ("POST", RELEASES, fact("41.0.0", day)),
        ("POST", RELEASES, {"version": "41.0.0", "planned_on": day}),
        ("PATCH", f"{RELEASES}/3.1.0", {"withdrawn_on": day}),
        ("PUT", f"{PRODUCT}/lines/3.1", {"declared": {"end_of_life": day}}),
        ("PUT", f"{PRODUCT}/lines/3.1", {"lts": day}),
        ("PUT", f"{PRODUCT}/features/x", {"stages": [{"stage": "ga", "from_day": day}]}),
        ("POST", f"{PRODUCT}/simulate", {"release": {"version": "41.0.0", "day": day}}),
    ]

    answers = [client.get(path, params={"at": day}) for path in asked]
    answers += [client.request(method, path, json=body) for method, path, body in bodies]

    assert {answer.status_code for answer in answers} == {400}


@pytest.mark.parametrize("moment", MOMENTS)
def test_any_moment_is_answered(client, moment):
    for product, tier in (("clairdash", "enterprise"), ("windows", "time"), ("windows", "none")):
        path = f"/v1/products/{product}/entitlements"
        answer = client.get(path, params={"tier": tier, "opened_at": moment})
        assert answer.status_code in {200, 400, 404}, answer.text
    body = {"product": "clairdash", "version": "3.9.0", "last_seen": moment}
    seen = client.put("/v1/accounts/acme/instances/seen", json=body)
    assert seen.status_code in {200, 201, 400}, seen.text
    assert client.get("/v1/accounts/acme/status").status_code == 200


@pytest.mark.parametrize("moment", NO_MOMENTS)
def test_what_is_no_moment_is_refused(client, moment):
    query = {"tier": "enterprise", "opened_at": moment}
    body = {"product": "clairdash", "version": "3.9.0", "last_seen": moment}

    asked = client.get(f"{PRODUCT}/entitlements", params=query)
    told = client.put("/v1/accounts/acme/instances/seen", json=body)

    assert (asked.status_code, told.status_code) == (400, 400)


@pytest.mark.parametrize(("number", "day"), list(enumerate(DAYS)))
def test_any_day_can_be_stored_or_is_refused_and_answers_go_on(client, number, day):
    slug = f"days-{number}"
    path = f"/v1/products/{slug}"
    client.post("/v1/products", json={"slug": slug}).raise_for_status()
    policy = client.get("/v1/products/windows/policy").json() | {"in_force_from": day}
    changes = [
        ("PUT", f"{path}/policy", policy),
        ("POST", f"{path}/releases", fact("1.0.0", day)),
        ("POST", f"{path}/releases", {"version": "2.0.0", "planned_on": day}),
        ("POST", f"{path}/releases", fact("1.1.0", "2024-02-29")),
        ("PATCH", f"{path}/releases/1.1.0", {"withdrawn_on": day}),
        ("PATCH", f"{path}/releases/1.1.0", {"withdrawn_on": "2024-03-01", "restored_on": day}),
        ("PUT", f"{path}/lines/1.0", {"declared": dict.fromkeys(PHASES, day), "lts": day}),
        ("PUT", f"{path}/lines/1.1", {"released_on": day}),
        ("PUT", f"{path}/features/x", {"stages": [{"stage": "ga", "from_day": day}]}),
        ("POST", f"{path}/simulate", {"release": {"version": "9.0.0", "day": day}}),
        ("POST", f"{path}/simulate", {"release": {"version": "9.0.0"}, "at": day}),
        ("POST", f"{path}/simulate", {"policy": policy | {"version": "2"}}),
        ("POST", f"{path}/simulate", {"line": {"line": "1.0", "declared": {"end_of_life": day}}}),
    ]

    for method, where, body in changes:
        answer = client.request(method, where, json=body)
        assert answer.status_code in {200, 201, 400, 404, 409}, (where, body, answer.text)
        for asked in ("support", f"support?at={day}", f"versions/1.0.0?at={day}", "releases"):
            assert client.get(f"{path}/{asked}").status_code in ANSWERED
    assert client.get("/v1/worklist").status_code == 200


def test_versions_of_200_characters_are_taken_and_answered(client):
    long = "1.0.0-" + "a" * 194
    huge = "9" * 66 + "." + "9" * 66 + "." + "9" * 66
    for version in (long, huge):
        stored = client.post(RELEASES, json=fact(version))
        assert stored.status_code in {201, 400}, stored.text
        wanted = 200 if stored.status_code == 201 else 404
        assert client.get(f"{PRODUCT}/versions/{version}").status_code == wanted
        assert client.get(f"{RELEASES}/{version}").status_code == wanted
        assert client.get(f"{PRODUCT}/support").status_code == 200
    assert client.post(RELEASES, json=fact(long + "a")).status_code == 400


@pytest.mark.parametrize(
    "scheme", ["pep440", "semver", "declared", "maven", "deb", "rpm", "npm", "gem"]
)
def test_huge_versions_are_taken_or_refused_by_every_scheme(client, scheme):
    slug = f"huge-{scheme}"
    line_by = "minor" if scheme in {"pep440", "semver", "npm"} else "declared"
    body = {"slug": slug, "scheme": scheme, "line_by": line_by}
    client.post("/v1/products", json=body).raise_for_status()
    versions = ["9" * 200, "0" * 200, ".".join("1" * 100), "1." + "0" * 198, "1!" + "2" * 198]
    versions += [
        "1" + "~" * 199,
        "1-" + "." * 198,
        "1.0." + "9" * 196,
        "²",
        "١٢.٣.٤",
        "1.0.0+" + "b" * 194,
    ]
    for version in versions:
        stored = client.post(f"/v1/products/{slug}/releases", json=fact(version))
        asked = client.get(f"/v1/products/{slug}/versions/{version}")

        assert stored.status_code in {201, 400}, (version, stored.text)
        assert asked.status_code in {200, 400, 404}, (version, asked.text)
    assert client.get(f"/v1/products/{slug}/support").status_code == 200


@pytest.mark.parametrize(
    "value", [0, 1, 2**31, 2**53, 2**63, 2**64, 10**100, -1, 1e308], ids="{:.3e}".format
)
def test_numbers_of_any_size_are_taken_or_refused(client, value):
    policy = client.get("/v1/products/windows/policy").json()
    policy |= {"version": "9", "in_force_from": "2040-01-01"}
    bodies = [
        ("PUT", f"{PRODUCT}/lines/3.2", {"position": value}),
        *(
            ("POST", "/v1/products/windows/simulate", {"policy": {**policy, "tiers": {"t": tier}}})
            for tier in [
                {"rank": value, "window": {"none": True}},
                {"rank": 1, "window": {"newest": {"count": value, "of": "minor"}}},
                {"rank": 1, "window": {"for": {"months": value, "from": "release"}}},
                {"rank": 1, "window": {"for": {"days": value, "from": "release"}}},
                {"rank": 1, "window": {"none": True, "at_least": {"years": value}}},
                {"rank": 1, "window": {"none": True}, "response": {"business_days": value}},
            ]
        ),
        ("POST", "/v1/products/windows/simulate", {"policy": {**policy, "reminders": [value]}}),
    ]
    for method, path, body in bodies:
        answer = client.request(method, path, json=body)
        assert answer.status_code in {200, 201, 400, 409}, (body, answer.text)
    for path in (f"{PRODUCT}/support?limit={value}", f"/v1/products?limit={value}"):
        assert client.get(path).status_code in {200, 400}
    assert client.get(f"/v1/accounts/acme/status?within={value}").status_code in {200, 400}


SHOWN = [
    *("/products", "/changes", "/changes.atom", "/calendar.ics", "/console", "/my/edge"),
    *("/products/windows", "/products/windows/timeline.svg", "/products/windows/support.csv"),
    *("/products/windows/lines/1.0", "/products/windows/lines/1.1", "/products/windows/features"),
    "/products/windows/timeline.svg?from=0001-01-01&until=9999-12-31",
    "/products/windows/versions/1.1.0/badge.svg",
    "/products/windows/compare?from=1.0.0&to=1.2.0",
    "/console/coming.csv",
    *("/console/policy/windows", "/console/policy/windows/new?version=1"),
    *("/console/products/windows/lines?line=1.0", "/console/products/windows/lines?line=1.1"),
    *("/console/releases/windows", "/console/timelines/windows"),
    "/console/releases/windows/new?version=3.0.0&day=0001-01-01",
    "/console/releases/windows/new?version=3.0.0&day=9999-12-31",
    "/console/releases/windows/versions/2.0.0/move?day=9999-12-31",
    "/console/releases/windows/versions/1.1.0/withdraw?day=9999-12-31",
    "/console/releases/windows/versions/1.0.0/void",
]


@pytest.mark.parametrize("path", SHOWN)
def test_pages_show_lines_and_releases_of_the_first_and_the_last_day(client, path):
    answer = client.get(path, headers={"Accept": "text/html,*/*"})

    assert answer.status_code in {200, 400}, answer.text[:2000]
    assert "Something went wrong" not in answer.text
