"""endoflife.date's products, imported and served again: its own API, by its official description.

What is served is compared with the files field by field. The rules of the site's generators are
written down here a second time, in terms of the files alone.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from datetime import UTC, date, datetime

import jsonschema_rs
import liquid
import pytest
import yaml

from lifecycle.audit.chain import By
from lifecycle.database import open_store
from lifecycle.imports import import_steps
from testkit.endoflife_descriptions import read_description
from testkit.scales import replayed_share

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TODAY = NOW.date()
BASE = "http://127.0.0.1:8000"
NOT_KEPT = {"staleReleaseThresholdDays", "outOfOrder"}
"""What v0 repeats of a cycle, though it tells the site's own build when to warn its authors."""
FILE_NAMES = {
    "ant": ["apache-ant"],
    "esxi": ["vmware-esxi"],
    "panos": ["pan-os"],
    "redhat-build-of-openjdk": ["red-hat-build-of-openjdk"],
    "tvos": ["apple-tvos"],
}
"""Products whose file has another name, which is an alias here, so that they are found by it."""
LATER = {("karpenter", "1.14")}
"""Cycles of which the release data knows a later version than the file names."""
PAIRS = ("eoas", "eol", "discontinued", "eoes")
NAMED = ("docker-engine", "freebsd", "karpenter", "nodejs", "nvidia-gpu")
LABELS = {
    "eoas": "Active Support",
    "eol": "Security Support",
    "discontinued": "Discontinued",
    "eoes": "Extended Support",
}


def product_files(data):
    """Give the share of the products that is replayed, and those that are asked for by name."""
    files = sorted((data / "endoflife/products").glob("*.md"))
    share = {*replayed_share(files), *(data / f"endoflife/products/{name}.md" for name in NAMED)}
    return sorted(share)


@pytest.fixture
def now():
    return NOW


@pytest.fixture(scope="module")
def own_url(sqlite_template, tmp_path_factory, data):
    """A store with all products, imported once more to see that this changes nothing."""
    path = tmp_path_factory.mktemp("endoflife") / "store.sqlite3"
    shutil.copyfile(sqlite_template, path)
    url = f"sqlite:///{path}"

    async def fill():
        store, by = open_store(url), By("test", NOW)
        files, beside = product_files(data), data / "endoflife/release-data"
        first = await import_steps.endoflife(store, files, beside, by=by)
        assert (len(first.reports), first.problems) == (len(files), [])
        again = await import_steps.endoflife(store, files[::5], beside, by=by)
        assert [report.product for report in again.reports if report.altered] == []
        await store.close()

    asyncio.run(fill())
    return url


@pytest.fixture(scope="module")
def sources(data):
    read = [yaml.safe_load(path.read_text().split("\n---\n", 1)[0]) for path in product_files(data)]
    return {source["permalink"].removeprefix("/"): source for source in read}


@pytest.fixture(scope="module")
def description(standards):
    return read_description(standards)


def faults(description, schema, answer):
    components = json.loads(json.dumps(description["components"], default=str))
    whole = {"$ref": f"#/components/schemas/{schema}", "components": components}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return [f"{fault.instance_path}: {fault.message}" for fault in validator.iter_errors(answer)]


def over(value):
    return value < TODAY if isinstance(value, date) else value


def day(value):
    return value.isoformat() if isinstance(value, date) else None


def plain(text):
    return re.sub(r"<.*?>", "", text)


def filled(template, cycle):
    values = {
        "__RELEASE_CYCLE__": cycle["releaseCycle"],
        "__CODENAME__": cycle.get("codename"),
        "__LATEST__": cycle.get("latest"),
        "__LATEST_RELEASE_DATE__": day(cycle.get("latestReleaseDate")),
    }
    for name, value in values.items():
        template = template.replace(name, value or "")
    return template


def pairs_of(source):
    return [pair for pair in PAIRS if source.get(f"{pair}Column", pair == "eol")]


def label_of(source, cycle):
    template = cycle.get("releaseLabel") or source.get("releaseLabel") or cycle["releaseCycle"]
    label, lts = filled(template, cycle), cycle.get("lts", False)
    if over(lts):
        label += f" ({source.get('LTSLabel', 'LTS')})"
    elif isinstance(lts, date):
        label += f" (Upcoming {source.get('LTSLabel', 'LTS')})"
    return plain(label)


def link_of(source, cycle):
    """Give the link, or the function that judges one made by an expression."""
    template = cycle["link"] if "link" in cycle else source.get("changelogTemplate")
    if template is None:
        return None
    return filled(template, cycle).strip()


def expected_release(source, cycle):
    """Say what v1 says of a cycle, by its file."""
    shown = {
        "name": cycle["releaseCycle"],
        "codename": cycle.get("codename"),
        "label": label_of(source, cycle),
        "releaseDate": day(cycle["releaseDate"]),
        "isLts": over(cycle.get("lts", False)),
        "ltsFrom": day(cycle.get("lts")),
        "isMaintained": any(not over(cycle[pair]) for pair in PAIRS if pair in cycle),
        "latest": None,
        "custom": {
            field["name"]: str(cycle[field["name"]]) if field["name"] in cycle else None
            for field in source.get("customFields", ())
        }
        or None,
    }
    for pair in pairs_of(source):
        name = pair.capitalize()
        shown |= {f"is{name}": over(cycle.get(pair)), f"{pair}From": day(cycle.get(pair))}
    latest, latest_on = latest_of(cycle)
    if source.get("latestColumn", True) and latest:
        shown["latest"] = {"name": latest, "date": latest_on, "link": link_of(source, cycle)}
    return shown


def latest_of(cycle):
    """Give a cycle's newest version and its day.

    An empty one is no version by the description of v0; here such a line is its own only release.
    """
    if cycle.get("latest") == "":
        return cycle["releaseCycle"], day(cycle["releaseDate"])
    return cycle.get("latest"), day(cycle.get("latestReleaseDate"))


def expected_cycle(source, cycle):
    """Say what v0 says of a cycle, by its file: what stands there, under the names of v0."""
    shown = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in cycle.items()
        if name not in NOT_KEPT
    }
    shown["cycle"] = shown.pop("releaseCycle")
    shown.setdefault("lts", False)
    latest, latest_on = latest_of(cycle)
    shown |= {"latest": latest, "latestReleaseDate": latest_on} if latest_on else {}
    if "eoas" in shown:
        shown["support"] = turned(shown.pop("eoas"))
    if "eoesColumn" in source:
        shown["extendedSupport"] = turned(shown.pop("eoes", True))
    if shown.get("link"):
        shown["link"] = filled(shown["link"], cycle)
    return shown


def turned(value):
    return value if isinstance(value, str) else not value


def rendered(template):
    """Give what the site's own template language makes of a link."""
    environment = liquid.Environment()
    environment.filters["pop"] = lambda parts: parts[:-1]
    return environment.from_string(template.replace("'.':'_'", "'.','_'")).render()


def expected_product(slug, source):
    """Say what v1 says of a product, by its file."""
    icon, category = source.get("iconSlug"), source["category"]
    aliases = [address.removeprefix("/") for address in source.get("alternate_urls", [])]
    columns = {pair: source.get(f"{pair}Column", pair == "eol") for pair in PAIRS}
    return {
        "name": slug,
        "aliases": list(dict.fromkeys(aliases + FILE_NAMES.get(slug, []))),
        "label": source["title"],
        "category": category,
        "tags": sorted([*source.get("tags", "").split(), category]),
        "versionCommand": source["versionCommand"].strip() if "versionCommand" in source else None,
        "identifiers": [
            {"type": kind, "id": name}
            for entry in source.get("identifiers", ())
            for kind, name in entry.items()
        ],
        "labels": {
            pair: None if not said else plain(said) if isinstance(said, str) else LABELS[pair]
            for pair, said in columns.items()
        },
        "links": {
            "icon": f"https://cdn.jsdelivr.net/npm/simple-icons/icons/{icon}.svg" if icon else None,
            "html": f"{BASE}/products/{slug}",
            "releasePolicy": source.get("releasePolicyLink"),
        },
    }


async def test_every_answer_of_v1_is_as_the_official_description_says(ask, description, sources):
    answers = {
        "": "UriListResponse",
        "/products": "ProductListResponse",
        "/products/full": "FullProductListResponse",
        "/categories": "UriListResponse",
        "/categories/os": "ProductListResponse",
        "/tags": "UriListResponse",
        "/tags/linux-foundation": "ProductListResponse",
        "/identifiers": "UriListResponse",
        "/identifiers/purl": "IdentifierListResponse",
        "/identifiers/cpe": "IdentifierListResponse",
        "/identifiers/repology": "IdentifierListResponse",
        "/products/nodejs": "ProductResponse",
        "/products/nodejs/releases/latest": "ProductReleaseResponse",
        "/products/freebsd/releases/14.4": "ProductReleaseResponse",
    }
    for path, schema in answers.items():
        answer = await ask(f"/api/v1{path}")
        assert faults(description, schema, answer) == [], path
        if "total" in answer:
            assert answer["total"] == len(answer["result"])
    assert [uri["name"] for uri in (await ask("/api/v1"))["result"]] == [
        "products",
        "categories",
        "tags",
        "identifiers",
    ]
    assert (await ask("/api/v1/products"))["total"] == len(sources)


async def test_v1_says_of_every_product_what_its_file_says(ask, sources):
    answer = await ask("/api/v1/products/full")
    served = {product["name"]: product for product in answer["result"]}
    for slug, source in sources.items():
        releases = served[slug].pop("releases")
        assert served[slug] == expected_product(slug, source)
        for release, cycle in zip(releases, source["releases"], strict=True):
            wanted = expected_release(source, cycle)
            if wanted["latest"] and "{" in (wanted["latest"]["link"] or ""):
                made = release["latest"]["link"]
                assert made == rendered(wanted["latest"]["link"]), made
                wanted["latest"]["link"] = made
            if (slug, cycle["releaseCycle"]) in LATER:
                wanted["latest"] = release["latest"]
            assert release == wanted, slug


async def test_v0_says_of_every_cycle_what_its_file_says(ask, sources):
    assert await ask("/api/all.json") == sorted(sources)
    for slug, source in sources.items():
        cycles = await ask(f"/api/{slug}.json")
        for served, cycle in zip(cycles, source["releases"], strict=True):
            wanted = expected_cycle(source, cycle)
            if (slug, cycle["releaseCycle"]) in LATER:
                wanted |= {name: served[name] for name in ("latest", "latestReleaseDate")}
            if "{" in (wanted.get("link") or ""):
                wanted["link"] = rendered(wanted["link"])
            assert served == wanted, slug
        name = source["releases"][0]["releaseCycle"]
        first = await ask(f"/api/{slug}/{name}.json")
        assert {"cycle": name, **first} == cycles[0]
