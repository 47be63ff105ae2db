"""Pages have one form, their links lead somewhere, and their tables name all that there is."""

import importlib
import pkgutil
import re
import tomllib
from urllib.parse import urlsplit

import msgspec
import pytest
import yaml

import lifecycle
import notifications
from lifecycle.check import rule_pages
from lifecycle.cli.refusals import TRACEBACK
from lifecycle.client.service_errors import ServiceError
from lifecycle.errors import LifecycleError
from lifecycle.manual import contents
from lifecycle.policy.policy_documents import parse_policy, policy_document
from lifecycle.policy.presets import preset, preset_names
from lifecycle.settings import Settings
from lifecycle.versions.schemes import SCHEME_NAMES
from notifications.errors import NotificationError
from testkit.manual_pages import (
    MANUAL,
    PAGES,
    README,
    ROOT,
    blocks,
    code,
    headings,
    links,
    name_of,
    table,
    tokens,
)

LONGEST_README = 200
LONGEST_LINE = 78
"""What fits 80 columns, as the manual is shown on a terminal."""
LONGEST_SUMMARY = 64
WITHOUT_A_CLASS = {("NoSuchRoute", "404"), ("MethodNotAllowed", "405"), ("InternalError", "500")}


def test_the_manual_lists_its_pages():
    assert set(contents.TOPICS) == {path.stem for path in MANUAL.glob("*.md")}


def test_the_readme_is_an_introduction():
    assert len(README.read_text("utf-8").splitlines()) <= LONGEST_README


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_has_one_title(path):
    found = [token.tag for token in tokens(path) if token.type == "heading_open"]

    assert found[0] == "h1"
    assert found.count("h1") == 1


@pytest.mark.parametrize("topic", contents.list_topics(), ids=lambda topic: topic.name)
def test_a_page_begins_with_a_summary(topic):
    assert topic.text.startswith(f"# {topic.title}\n\n")
    assert topic.summary.endswith(".")
    assert len(topic.summary) <= LONGEST_SUMMARY


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_block_fits_a_terminal(path):
    lines = [line for block in blocks(path) for line in block.text.splitlines()]

    assert not [line for line in lines if len(line) > LONGEST_LINE]


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_link_leads_somewhere(path):
    for href in links(path):
        address = urlsplit(href)
        if address.scheme:
            assert address.scheme == "https"
            continue
        target = path.parent / address.path if address.path else path
        assert target.is_file(), href
        assert path == README or target.parent == MANUAL, "the manual stands alone"
        assert not address.fragment or address.fragment in headings(target), href


def test_the_readme_leads_to_every_page():
    assert {f"lifecycle/manual/{name}.md" for name in contents.TOPICS} <= set(links(README))


def test_the_readme_lists_every_decision():
    decisions = headings(MANUAL / "decisions.md") - {"decisions"}
    listed = {href.partition("#")[2] for href in links(README) if "decisions.md#" in href}

    assert listed == decisions


@pytest.mark.parametrize("path", [README, MANUAL / "developing.md"], ids=name_of)
def test_every_path_exists(path):
    roots = ("lifecycle/", "notifications/", "migrations/", "tests/", ".ci/")
    for text in code(path):
        for word in text.split():
            if word.startswith(roots):
                assert list(ROOT.glob(word.replace("NAME", "[a-z0-9]*"))), word


@pytest.mark.parametrize("row", table(README, "folder"), ids=lambda row: row[0])
def test_what_the_map_names_of_a_folder_is_there(row):
    folders = [ROOT / folder for folder in re.findall(r"`([^`]+)`", row[0])]
    for name in re.findall(r"`([a-z_]+)`", row[1]):
        places = [folder / f"{name}{ending}" for folder in folders for ending in ("", ".py")]
        assert name == "lifecycle" or any(place.exists() for place in places), name


def test_the_map_lists_folders_in_the_order_of_imports():
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    (layers,) = [
        contract["layers"]
        for contract in tools["importlinter"]["contracts"]
        if contract.get("containers") == ["lifecycle"]
    ]
    names = [name.strip() for layer in layers for name in layer.split("|")]
    cells = (cell for row in table(README, "folder") for cell in re.findall(r"`(.+?)`", row[0]))
    mapped = [cell.removeprefix("lifecycle/").removesuffix(".py") for cell in cells]

    assert [name for name in mapped if name in names] == names


def test_every_setting_is_documented():
    rows = table(MANUAL / "settings.md", "variable")
    documented = {name for row in rows for name in re.findall(r"LIFECYCLE_\w+", row[0])}
    fields = set(Settings.__struct_fields__) - {"sources"}

    assert documented == {f"LIFECYCLE_{name.upper()}" for name in fields} | {TRACEBACK}


def test_the_defaults_of_settings_are_theirs():
    defaults = {f"LIFECYCLE_{f.name.upper()}": f.default for f in msgspec.structs.fields(Settings)}
    for names, values, _ in table(MANUAL / "settings.md", "variable"):
        variables = re.findall(r"LIFECYCLE_\w+", names)
        documented = re.fullmatch(r"(\d+)( MiB)?", values)
        if documented:
            factor = 1024 * 1024 if documented[2] else 1
            assert defaults[variables[0]] == int(documented[1]) * factor
        if re.fullmatch(r"`[^`]+`(, `[^`]+`)*", values):
            for variable, value in zip(variables, values.split(", "), strict=True):
                assert str(defaults[variable]).lower() == value.strip("`").lower()


def test_every_kind_of_error_is_documented():
    for package in (lifecycle, notifications):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    ours = {
        (kind.__name__, str(kind.status_code))
        for kind in _kinds(LifecycleError)
        if not issubclass(kind, ServiceError)
    }
    theirs = {(kind.__name__.removesuffix("Error"), str(kind.status_code))
              for kind in _kinds(NotificationError)}  # fmt: skip

    rows = table(MANUAL / "errors.md", "`error`")

    assert [(row[0].strip("`"), row[1]) for row in rows] == sorted(
        ours | theirs | WITHOUT_A_CLASS, key=lambda kind: (kind[1], kind[0])
    )


def test_every_error_of_the_client_is_documented():
    rows = [row[0].strip("`") for row in table(MANUAL / "errors.md", "class")]

    assert rows == sorted(kind.__name__ for kind in _kinds(ServiceError))


def _kinds(parent):
    for kind in parent.__subclasses__():
        if kind.__module__.startswith(("lifecycle.", "notifications.")):
            yield kind
            yield from _kinds(kind)


def test_every_rule_of_the_check_is_documented():
    rules = [row[0].strip("`") for row in table(MANUAL / "check.md", "rule")]

    assert rules == list(rule_pages.pages())


def test_every_benchmark_is_documented():
    documented = {row[0].strip("`") for row in table(MANUAL / "developing.md", "benchmark")}

    assert documented == {path.stem for path in ROOT.glob("tests/benchmarks/*.py")}


def test_every_version_scheme_is_named():
    assert set(SCHEME_NAMES) <= set(" ".join(code(MANUAL / "importing.md")).split())


def test_every_metric_is_documented():
    sources = "".join(path.read_text("utf-8") for path in ROOT.glob("lifecycle/**/*.py"))
    counters = re.findall(r'(?:counters?|CounterMetricFamily)\(\s*"(lifecycle_\w+)"', sources)
    others = re.findall(r'(?:gauge|HistogramMetricFamily)\(\s*"(lifecycle_\w+)"', sources)

    documented = [row[0].strip("`") for row in table(MANUAL / "operating.md", "metric")]

    assert sorted(documented) == sorted([*others, *(f"{name}_total" for name in counters)])


def test_every_preset_is_named():
    assert set(preset_names()) <= set(code(MANUAL / "policy.md"))


@pytest.mark.parametrize("row", table(MANUAL / "policy.md", "rule"), ids=lambda row: row[0])
def test_every_window_in_the_table_is_valid(row):
    document = yaml.safe_load(preset("clairdash"))
    document["tiers"]["enterprise"]["window"] = yaml.safe_load(f"{{{row[0].strip('`')}}}")

    policy = parse_policy(document)
    assert parse_policy(policy_document(policy)) == policy


@pytest.mark.parametrize("row", table(MANUAL / "policy.md", "period"), ids=lambda row: row[0])
def test_every_notice_period_in_the_table_is_valid(row):
    for period in re.findall(r"`([^`]+)`", row[0]):
        document = yaml.safe_load(preset("clairdash"))
        document["notice"]["removal"] = {"default": yaml.safe_load(period)}

        policy = parse_policy(document)
        assert parse_policy(policy_document(policy)) == policy
