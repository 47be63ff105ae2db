"""What the API says of itself holds, whatever is sent to it (schemathesis)."""

import asyncio
import contextlib
import copy
import socket
import threading
import time
from datetime import UTC, datetime
from importlib.resources import files

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings, strategies
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from lifecycle import settings as configuration
from lifecycle.accounts import tokens
from lifecycle.app import create_app
from lifecycle.audit.chain import By
from lifecycle.database.store import open_store
from testkit.described_api import description
from testkit.scales import examples

SLASH_CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance)
KEY = "a key that only tests know"
OTHERS = 20
"""Tokens whose numbers are guessed, and which are revoked, before that of these tests."""
CHECKS = (
    # Not `positive_data_acceptance`: whether a day, a version or a policy fits is known only from
    # what is stored, and the refusal of one that does not is a 400.
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
    allow_header_conformance,
    ignored_auth,
)


def operations():
    """Read the description into its operations."""
    found = schemathesis.openapi.from_dict(copy.deepcopy(description())).get_all_operations()
    return [operation.ok() for operation in found]


OPERATIONS = operations()


@pytest.fixture(scope="module")
def served(sqlite_template, tmp_path_factory):
    """Serve a copy of the store on a port, in a thread of its own; give address and token."""
    path = tmp_path_factory.mktemp("fuzz") / "store.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    store = open_store(f"sqlite:///{path}")
    bound = socket.create_server(("127.0.0.1", 0))
    chosen = configuration.load({"LIFECYCLE_SECRET_KEY": KEY}, database_url="unused")
    application = create_app(chosen, store)
    options = uvicorn.Config(application, log_config=None, access_log=False, lifespan="on")
    server = uvicorn.Server(options)
    secrets = []

    async def run():
        async with store.writing() as session:
            by = By("test", datetime.now(UTC))
            for _ in range(OTHERS):
                await tokens.create(session, label="", scope="release", by=by)
            secrets.append((await tokens.create(session, label="", scope="admin", by=by))[1])
        await server.serve([bound])

    with contextlib.closing(bound), running(threading.Thread(target=lambda: asyncio.run(run()))):
        while not server.started:
            time.sleep(0.01)
        address = f"http://127.0.0.1:{bound.getsockname()[1]}"
        try:
            fill(address, secrets[0])
            yield address, secrets[0]
        finally:
            server.should_exit = True


@contextlib.contextmanager
def running(thread):
    thread.start()
    try:
        yield
    finally:
        thread.join()


def fill(address, secret):
    """Store what some of the cases will hit upon."""
    with httpx.Client(
        base_url=address, headers={"Authorization": f"Bearer {secret}"}, timeout=60
    ) as client:
        client.post("/v1/products", json={"slug": "clairdash"}).raise_for_status()
        path = "/v1/products/clairdash"
        releases = [{"version": f"3.{n}.0", "released_on": f"2026-0{n}-01"} for n in range(1, 9)]
        client.post(f"{path}/releases", json=releases).raise_for_status()
        policy = (files("lifecycle.policy.presets") / "clairdash.yaml").read_bytes()
        kind = {"Content-Type": "application/yaml"}
        client.put(f"{path}/policy", content=policy, headers=kind).raise_for_status()
        client.post("/v1/accounts", json={"slug": "acme", "tier": "pro"}).raise_for_status()
        end = {"product": "clairdash", "kind": "end_of_support", "lines": ["3.5"], "reason": "Old."}
        draft = client.post("/v1/deprecations", json=end).raise_for_status()
        match = {"If-Match": draft.headers["etag"]}
        path = draft.headers["location"]
        client.post(f"{path}/announce", json={}, headers=match).raise_for_status()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_the_api_does_what_it_says_of_itself(operation, served):
    address, secret = served
    headers = {"Authorization": f"Bearer {secret}"}
    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    unfit = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @given(case=strategies.one_of(fitting, unfit))
    @settings(max_examples=examples(25), suppress_health_check=list(HealthCheck))
    def ask(case):
        case.call_and_validate(base_url=address, headers=headers, checks=CHECKS)

    ask()


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if "{" in operation.path],
    ids=lambda operation: operation.label,
)
def test_with_slashes_in_the_names_of_its_path_it_does_so_too(operation, served):
    address, secret = served
    headers = {"Authorization": f"Bearer {secret}"}

    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    @settings(max_examples=examples(5), suppress_health_check=list(HealthCheck))
    def ask(case):
        given = case.path_parameters
        case.path_parameters = {name: f"{value}%2F{name}" for name, value in given.items()}
        assert case.formatted_path.count("%2F") >= len(given)
        case.call_and_validate(base_url=address, headers=headers, checks=SLASH_CHECKS)

    ask()
