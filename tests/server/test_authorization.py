import re

import pytest
from litestar.handlers import HTTPRouteHandler
from structlog.testing import capture_logs

from lifecycle.server.authorization import SCOPES
from testkit.api_fixtures import connected
from testkit.scales import walked_share
from testkit.signed_in import FROM_HERE, sign_in


@pytest.fixture
def store_url(sqlite_url):
    """Decided before any store sees it, so one store tells as much as two."""
    return sqlite_url


def handlers_of(app):
    for route in app.litestar.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and handler.http_methods != {"OPTIONS"}:
                yield route.path, handler


async def test_every_route_declares_a_scope(app):
    undeclared = [
        (path, handler.http_methods)
        for path, handler in handlers_of(app)
        if handler.opt.get("scope") not in SCOPES
    ]

    assert undeclared == []


OPEN_TO_ALL = {"public", "operator", "link", "anyone"}
UNLIMITED = {"account:acme", "account:globex", "release", "publish", "admin"}
LADDER = ("release", "publish", "admin")
REFUSED = {"missing": 404, "narrow": 403}


def address_of(path, account):
    """Return a route's path with something in the place of each of its parameters."""
    url = path.replace("{product:str}", "p").replace("{account:str}", account)
    return re.sub(r"{\w+_number:str}", "987654", url).replace(":str}", "").replace("{", "")


def closed(app):
    """Give every route that is not open to all, with its method."""
    for path, handler in handlers_of(app):
        if handler.opt["scope"] not in OPEN_TO_ALL:
            for method in handler.http_methods:
                yield path, handler, method


def may(scope, needed, *, own):
    """Return whether a scope is let in, as the manual says."""
    if needed == "self":
        return True
    kind = scope.partition(":")[0]
    if kind == "account":
        return needed == "account" and own
    return LADDER.index(kind) >= LADDER.index("publish" if needed == "account" else needed)


async def test_every_route_that_is_not_public_refuses_who_sends_no_token(app, client):
    for path, handler, method in closed(app):
        url = address_of(path, "a")

        response = await client.request(method, url)

        if method == "GET" and handler.opt.get("signed_in"):
            assert response.status_code == 303, url
            assert response.headers["location"].startswith("/sign-in?next=")
        else:
            assert response.status_code == 401, (method, url, response.text)
            assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "scope", ["account:acme", "account:globex", *LADDER, "publish:clairdash", "release:studio"]
)
async def test_every_page_and_form_lets_in_by_session_and_by_token_whom_its_scope_says(
    app, client, studio, admin, make_token, scope
):
    for slug in ("acme", "globex"):
        await client.post("/v1/accounts", json={"slug": slug, "tier": "pro"}, headers=admin)
    token = await make_token(scope)
    routes = [route for route in closed(app) if route[1].opt.get("signed_in")]
    async with connected(app) as browser:
        await sign_in(browser, token)
        assert len(routes) > 1
        for path, handler, method in walked_share(scope, routes):
            needed, url = handler.opt["scope"], address_of(path, "acme")
            allowed = may(scope, needed, own=scope == "account:acme")
            allowed &= needed == "self" or scope in UNLIMITED or bool(handler.opt["by_product"])

            by_token = await client.request(method, url, headers=token)
            by_session = await browser.request(method, url, headers=FROM_HERE)

            if allowed:
                assert by_token.status_code not in {401, 403}, (url, by_token.text)
                assert "/sign-in" not in by_token.headers.get("location", ""), url
                for answer in (by_token, by_session):
                    assert answer.headers["cache-control"] == "no-store", url
                keyless = {403} if method == "POST" else set()
                assert by_session.status_code in keyless | {200, 303, 400, 404, 409}, url
                continue
            is_foreign = needed == "account" and scope.startswith("account:")
            expected = REFUSED["missing" if is_foreign and "{account" in path else "narrow"]
            assert by_token.status_code == by_session.status_code == expected, (method, url)


async def test_no_route_of_the_api_reads_the_cookie(app, client, admin):
    async with connected(app) as browser:
        await sign_in(browser, admin)
        for path, handler, method in closed(app):
            if not handler.opt.get("signed_in"):
                response = await browser.request(method, address_of(path, "a"))

                assert response.status_code == 401, (method, path)


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer " + "x" * 600, "Bearer nope"])
async def test_a_token_that_is_none_is_refused_on_public_routes_too(client, header):
    response = await client.get("/v1/products", headers={"Authorization": header})

    assert response.status_code == 401


async def test_a_refused_token_is_counted_and_logged_without_a_part_of_it(
    client, make_token, clock
):
    late = (await make_token(expires_at=clock.now.replace(hour=13)))["Authorization"]
    clock.advance(hours=1)

    with capture_logs() as logs:
        for header in (late, "Bearer hush-hush", "Bearer hush-hush", "Basic hush-hush"):
            await client.get("/v1/audit", headers={"Authorization": header})

    metrics = (await client.get("/metrics")).text
    for failure, count in {"expired": 1, "unknown": 2, "malformed": 1}.items():
        assert f'lifecycle_failed_tokens_total{{failure="{failure}"}} {count}.0' in metrics
    refused = [line for line in logs if line["event"] == "token refused"]
    assert [line["failure"] for line in refused] == ["expired", "unknown", "unknown", "malformed"]
    assert refused[0]["token_id"] == 1
    assert "hush" not in str(logs)
    assert late.removeprefix("Bearer ")[:12] not in str(logs)


async def test_a_revoked_or_expired_token_is_refused(client, make_token, clock):
    headers = await make_token(expires_at=clock.now.replace(hour=13))

    assert (await client.get("/v1/audit", headers=headers)).status_code == 200
    clock.advance(hours=1)
    refused = await client.get("/v1/audit", headers=headers)

    assert refused.status_code == 401
    assert refused.json()["error"] == "InvalidToken"


async def test_an_accounts_token_sees_its_own_account_and_nothing_else(client, admin, make_token):
    for slug in ("acme", "globex"):
        await client.post("/v1/accounts", json={"slug": slug, "tier": "pro"}, headers=admin)
    own = await make_token("account:acme")

    assert (await client.get("/v1/accounts/acme/status", headers=own)).status_code == 200
    for path in ("/v1/accounts/globex/status", "/v1/accounts/nobody", "/v1/accounts", "/v1/audit"):
        assert (await client.get(path, headers=own)).status_code == 403, path


async def test_a_check_of_an_account_is_for_its_own_token(client, admin, make_token):
    for slug in ("acme", "globex"):
        await client.post("/v1/accounts", json={"slug": slug, "tier": "pro"}, headers=admin)
    own, release = await make_token("account:acme"), await make_token("release")

    for path in ("/v1/accounts/acme/check", "/v1/accounts/acme/check?report=ci"):
        assert (await client.post(path, json={}, headers=own)).status_code == 200
        assert (await client.post(path, json={}, headers=release)).status_code == 403
    for path in ("/v1/accounts/globex/check", "/v1/accounts/globex/check?report=ci"):
        assert (await client.post(path, json={}, headers=own)).status_code == 403


async def test_a_customer_reports_what_it_runs_but_not_the_tier_of_its_licence(
    client, admin, make_token, clairdash
):
    await client.post("/v1/accounts", json={"slug": "acme", "tier": "pro"}, headers=admin)
    own, path = await make_token("account:acme"), "/v1/accounts/acme/instances/prod"
    facts = {"product": "clairdash", "version": "3.7.0"}
    licensed = facts | {"tier": "enterprise"}

    refused = await client.put(path, json=licensed, headers=own)
    await client.put(path, json=licensed, headers=admin)
    reported = await client.put(path, json=facts | {"version": "3.7.1"}, headers=own)

    assert refused.status_code == 403
    assert refused.json()["errors"][0]["field"] == "tier"
    assert (reported.json()["version"], reported.json()["tier"]) == ("3.7.1", "enterprise")


async def test_a_release_token_registers_releases_but_enters_no_policy(
    client, clairdash, make_token
):
    release = await make_token("release")
    facts = {"version": "3.11.0", "released_on": "2026-11-01"}

    registered = await client.post(f"{clairdash}/releases", json=facts, headers=release)
    refused = await client.put(f"{clairdash}/policy", content=b"{}", headers=release)

    assert registered.status_code == 201
    assert refused.status_code == 403
    assert refused.json()["error"] == "ScopeTooNarrow"


@pytest.fixture
async def studio(client, clairdash, admin):
    """Sell a second product beside Clairdash, and one that is not public."""
    for facts in ({"slug": "studio"}, {"slug": "secret", "public": False}):
        await client.post("/v1/products", json=facts, headers=admin)
    return "/v1/products/studio"


async def test_a_limited_scope_changes_its_own_products_alone(
    client, clairdash, studio, make_token
):
    limited = await make_token("publish:clairdash")
    facts, elsewhere = {"version": "3.11.0", "released_on": "2026-11-01"}, "/v1/products/secret"

    own = await client.post(f"{clairdash}/releases", json=facts, headers=limited)
    other = await client.post(f"{studio}/releases", json=facts, headers=limited)
    hidden = await client.post(f"{elsewhere}/releases", json=facts, headers=limited)
    unknown = await client.post("/v1/products/terces/releases", json=facts, headers=limited)

    assert (own.status_code, other.status_code) == (201, 403)
    assert other.json()["detail"] == (
        "This needs a token of scope publish:studio; the one sent has publish:clairdash."
    )
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert hidden.text == unknown.text.replace("terces", "secret")


async def test_what_products_share_is_for_scopes_that_are_not_limited(
    client, clairdash, make_token
):
    limited = await make_token("publish:clairdash")

    for path, body in {
        "/v1/products": {"slug": "third"},
        "/v1/accounts": {"slug": "acme", "tier": "pro"},
    }.items():
        refused = await client.post(path, json=body, headers=limited)

        assert refused.status_code == 403
        assert "publish that is not limited to products" in refused.json()["detail"]


async def test_a_limited_scope_is_shown_what_is_not_public_of_its_own_products_alone(
    client, clairdash, studio, admin, make_token
):
    drafts = {}
    for product in ("clairdash", "studio", "secret"):
        facts = {"product": product, "kind": "discontinuation", "whole_product": True}
        made = await client.post("/v1/deprecations", json=facts | {"reason": "-"}, headers=admin)
        drafts[product] = made.json()["id"]
    limited = await make_token("publish:clairdash")

    listed = await client.get("/v1/deprecations", headers=limited)
    products = await client.get("/v1/products", headers=limited)

    assert [item["product"] for item in listed.json()["items"]] == ["clairdash"]
    assert [item["slug"] for item in products.json()["items"]] == ["clairdash", "studio"]
    for product, status in {"clairdash": 200, "studio": 404, "secret": 404}.items():
        shown = await client.get(f"/v1/deprecations/{drafts[product]}", headers=limited)
        assert shown.status_code == status, product


async def test_ci_asks_the_gate_and_reads_verdicts_and_customers_do_not(
    client, clairdash, admin, make_token
):
    await client.post("/v1/accounts", json={"slug": "acme", "tier": "pro"}, headers=admin)
    manifest = {"product": "clairdash", "version": "3.11.0"}
    gate, customer = f"{clairdash}/gate", await make_token("account:acme")
    for scope in ("release", "publish"):
        token = await make_token(scope)

        asked = await client.post(gate, json=manifest, headers=token)
        shown = await client.get(f"{gate}/{asked.json()['id']}", headers=token)

        assert (asked.status_code, shown.status_code) == (200, 200), scope

    refused = await client.post(gate, json=manifest, headers=customer)
    hidden = await client.get(f"{gate}/{asked.json()['id']}", headers=customer)

    assert (refused.status_code, hidden.status_code) == (403, 403)
    assert (await client.get("/v1/gate/rules")).status_code == 200


class TestWhereReadsNeedAToken:
    @pytest.fixture
    def configuration(self):
        return {"LIFECYCLE_PUBLIC_READS": "false"}

    async def test_nobody_reads_without_one(self, client):
        assert (await client.get("/v1/products")).status_code == 401

    async def test_nobody_checks_what_they_run_without_one(self, client, admin):
        asked = {"components": [{"product": "clairdash", "version": "3.7.0"}]}

        assert (await client.post("/v1/check", json=asked)).status_code == 401
        assert (await client.post("/v1/check", json=asked, headers=admin)).status_code == 200

    async def test_nothing_is_kept_that_another_could_be_served(
        self, app, client, clairdash, admin
    ):
        path = f"{clairdash}/versions/3.7.0"

        answered = await client.get(path, headers=admin)
        refused = await client.get(path)

        assert answered.headers["cache-control"].startswith("private")
        assert refused.status_code == 401
        assert len(app) == 0


class TestOperatorRoutes:
    @pytest.fixture(params=["open", "token", "off"])
    def configuration(self, request):
        return {"LIFECYCLE_OPERATOR_ROUTES": request.param}

    @pytest.mark.parametrize("path", ["/metrics", "/health/live", "/health/ready"])
    async def test_they_are_open_or_need_an_admin_token_or_are_off(
        self, client, admin, configuration, path
    ):
        wanted = {"open": (200, 200), "token": (401, 200), "off": (404, 404)}

        without, with_token = await client.get(path), await client.get(path, headers=admin)

        expected = wanted[configuration["LIFECYCLE_OPERATOR_ROUTES"]]
        assert (without.status_code, with_token.status_code) == expected


async def test_the_last_use_of_a_token_is_written_down_in_time(app, store, client, admin, clock):
    await client.get("/v1/audit", headers=admin)

    await app.app_state.uses.store(store)

    async with store.reading() as session:
        from lifecycle.accounts.queries import list_tokens  # noqa: PLC0415

        (token,) = await list_tokens(session)
    assert token.last_used_at == clock.now
