from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest

from lifecycle.answers.component_answers import check
from lifecycle.answers.component_matches import ComponentIn, component_problems, match
from lifecycle.answers.reported_instances import as_instances, replaced
from lifecycle.answers.snapshot_cache import Snapshots
from lifecycle.catalogue import policies, queries
from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.policy.presets import preset
from lifecycle.support.status import Status
from lifecycle.versions.package_versions import numbers_in
from testkit.registered_releases import register_releases

pytestmark = pytest.mark.one_database("answers are worked out from snapshots")

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WEB = "pkg:npm/%40acme/web"
KNOWN = {"clairdash": [WEB, "cpe:2.3:a:acme:web"], "other": ["pkg:oci/web?repository_url=acme.io"]}


def run(product="clairdash", version="3.7.0", **said):
    return ComponentIn(product=product, version=version, **said)


@pytest.fixture
async def snapshots(store, clock, make_product, by, today):
    await make_product(slug="clairdash", identifiers=(WEB,))
    minors = [
        ReleaseIn(version=f"3.{n}.0", released_on=TODAY - timedelta(days=11 + 21 * (11 - n)))
        for n in range(12)
    ]
    async with store.writing() as session:
        product = await queries.get_product(session, "clairdash")
        await policies.put(session, product, preset("clairdash"), by=by, format="yaml")
        await register_releases(session, product, minors, by=by, today=today)
    return {"clairdash": await Snapshots(store, clock).get("clairdash")}


def answered(snapshots, *components, tier="enterprise", at=TODAY, known=None):
    matched = match(components, {"clairdash": known} if known else KNOWN)
    return check(matched, snapshots, tier_on=lambda _: tier, at=at, now=NOW).results


async def test_an_answer_says_how_many_days_are_left_and_where_to_go(snapshots):
    covered, over = answered(snapshots, run(), run(version="3.6.0"))

    assert (covered.status, covered.ends_on, covered.days_left) == (Status.SUPPORTED, None, None)
    assert covered.projected_until is not None
    assert covered.upgrade_to.newest == "3.11.0"
    assert covered.policy.name == "clairdash-support"
    assert (over.status, over.ends_on, over.days_left) == (
        Status.UNSUPPORTED,
        TODAY - timedelta(days=11),
        -11,
    )


async def test_a_component_s_own_tier_comes_before_the_tier_of_all(snapshots):
    own, general = answered(snapshots, run(tier="pro"), run())

    assert [own.tier, general.tier] == ["pro", "enterprise"]
    assert [own.status, general.status] == [Status.UNSUPPORTED, Status.SUPPORTED]


async def test_a_withdrawn_version_is_that_for_every_tier_and_needs_none_named(
    store, clock, snapshots, by, today
):
    gone = ReleaseIn(version="3.11.1", released_on=TODAY - timedelta(days=5), withdrawn_on=TODAY)
    async with store.writing() as session:
        product = await queries.get_product(session, "clairdash")
        await register_releases(session, product, [gone], by=by, today=today)
    later = {"clairdash": await Snapshots(store, clock).get("clairdash")}

    withdrawn, standing = answered(later, run(version="3.11.1"), run(version="3.11.0"), tier=None)

    assert (withdrawn.status, withdrawn.tier) == (Status.WITHDRAWN, None)
    assert withdrawn.supported_until == withdrawn.end_of_life == TODAY - timedelta(days=1)
    assert withdrawn.upgrade_to is not None
    assert (standing.status, standing.end_of_life) == (Status.UNKNOWN, None)
    assert standing.choose


async def test_a_version_that_equals_a_known_one_is_answered_as_that(snapshots):
    (found,) = answered(snapshots, run(version="3.7.0+build5"))

    assert (found.status, found.assumed_from_line) == (Status.SUPPORTED, False)


async def test_a_version_nobody_knows_is_answered_as_its_line_where_lines_are_covered(snapshots):
    (found,) = answered(snapshots, run(version="3.7.99"))
    (single,) = answered(snapshots, run(version="3.7.99"), tier="pro")

    assert (found.status, found.assumed_from_line) == (Status.SUPPORTED, True)
    assert found.reason.startswith("clairdash has no release '3.7.99'. Its line answers for it: ")
    assert found.upgrade_to.patch == "3.7.0"
    assert (single.status, single.line) == (Status.UNKNOWN, "3.7")
    assert "; nearest known: 3.7.0, 3.8.0" in single.reason


@pytest.mark.parametrize(
    ("kind", "spelled"),
    [
        ("golang", "v3.7.0"),
        ("golang", "v3.7.0+incompatible"),
        ("golang", "go3.7.0"),
        ("maven", "3.7.0.Final"),
        ("maven", "3.7.0.RELEASE"),
        ("maven", "3.7"),
        ("pypi", "3.7"),
        ("nuget", "3.7.0.0"),
        ("gem", "3.7"),
        ("github", "v3.7.0"),
        ("github", "web-v3.7.0"),
        ("github", "release/3.7.0"),
        ("docker", "v3.7.0"),
        ("deb", "1:3.7.0+dfsg-2ubuntu1"),
        ("rpm", "3.7.0-1.fc40"),
        ("apk", "3.7.0-r2"),
        ("alpm", "1:3.7.0-1"),
        ("bitnami", "3.7.0-4"),
        ("vcpkg", "3.7.0#1"),
    ],
)
async def test_a_version_is_read_as_its_package_type_spells_it(snapshots, kind, spelled):
    purl = f"pkg:{kind}/acme/web@{quote(spelled, safe='')}"

    (found,) = answered(snapshots, ComponentIn(purl=purl), known=[f"pkg:{kind}/acme/web"])

    assert (found.version, found.status, found.line) == ("3.7.0", Status.SUPPORTED, "3.7")
    assert not found.assumed_from_line


@pytest.mark.parametrize(
    ("kind", "spelled"),
    [
        ("golang", "v3.7.9"),
        ("golang", "v3.7.9-0.20260101120000-0123456789ab"),
        ("maven", "3.7.0.SP1"),
        ("deb", "2:3.7.0~rc1-1"),
        ("docker", "3.7-alpine"),
        ("npm", "3.7.x"),
        ("pypi", "3.7.0.post1"),
    ],
)
async def test_a_version_nobody_knows_is_answered_as_its_line_however_it_is_spelled(
    snapshots, kind, spelled
):
    purl = f"pkg:{kind}/acme/web@{quote(spelled, safe='')}"

    (found,) = answered(snapshots, ComponentIn(purl=purl), known=[f"pkg:{kind}/acme/web"])

    assert (found.version, found.line, found.assumed_from_line) == (spelled, "3.7", True)
    assert found.status is Status.SUPPORTED


@pytest.mark.parametrize("spelled", ["latest", "2:9.0-1", "0123456789abcdef", "1:3", "37.0"])
async def test_a_version_of_no_line_stays_undecided(snapshots, spelled):
    purl = f"pkg:deb/acme/web@{quote(spelled, safe='')}"

    (found,) = answered(snapshots, ComponentIn(purl=purl), known=["pkg:deb/acme/web"])

    assert (found.status, found.line) == (Status.UNKNOWN, None)


async def test_spellings_of_one_release_are_one_answer_and_kept_by_the_release_s_version(snapshots):
    known = {"clairdash": ["pkg:golang/ex.org/w", "pkg:maven/org.acme/web"]}
    purls = ["pkg:golang/ex.org/w@v3.7.0", "pkg:maven/org.acme/web@3.7.0.Final"]

    matched = match([run(), *(ComponentIn(purl=purl) for purl in purls)], known)
    checked = check(matched, snapshots, tier_on=lambda _: "enterprise", at=TODAY, now=NOW)

    (found,) = checked.results
    assert (found.version, found.places) == ("3.7.0", (0, 1, 2))
    assert (checked.counts.matched, checked.counts.merged) == (3, 2)
    kept = as_instances(checked.matched, "ci", seen_at=NOW)
    assert {name: each.version for name, each in kept.items()} == {"ci:clairdash": "3.7.0"}


async def test_the_tier_of_a_day_is_asked_for_on_each_product_s_day(snapshots):
    asked = []

    check(match([run()], KNOWN), snapshots, tier_on=asked.append, at=None, now=NOW)

    assert asked == [TODAY]


async def test_what_the_catalogue_has_no_snapshot_of_is_unknown(snapshots):
    (found,) = answered(snapshots, run(product="clairdish"))

    assert found.status is Status.UNKNOWN
    assert "Did you mean 'clairdash'?" in found.reason


async def test_what_may_have_been_meant_is_said_for_the_first_unknown_alone(snapshots):
    products = [run(product=f"clairdish{place}") for place in range(30)]
    versions = [run(version=f"9.9.{place}") for place in range(30)]
    of_a_line = [run(version=f"3.7.{place}") for place in range(1, 31)]

    missing, unknown = answered(snapshots, *products), answered(snapshots, *versions)
    late = answered(snapshots, *of_a_line, *versions)

    assert ["Did you mean" in each.reason for each in missing] == [True] * 20 + [False] * 10
    nearest = ["nearest known:" in each.reason for each in unknown]
    assert nearest == [True] * 20 + [False] * 10
    assert [each.assumed_from_line for each in late[:30]] == [True] * 30
    assert ["nearest known:" in each.reason for each in late[30:]] == nearest


def test_only_products_of_the_catalogue_are_looked_for():
    matched = match([run(), *(run(product=f"clairdish{place}") for place in range(30))], KNOWN)

    assert matched.products == ["clairdash"]


@pytest.mark.parametrize(
    ("purl", "asked"),
    [
        (f"{WEB}@3.7.0", {("clairdash", "3.7.0")}),
        (f"{WEB}@3.7.0?arch=x64#lib/a.js", {("clairdash", "3.7.0")}),
        ("pkg:NPM/%40acme/web@3.7.0", {("clairdash", "3.7.0")}),
        (WEB, {("clairdash", None)}),
        ("pkg:npm/web@3.7.0", set()),
        ("pkg:pypi/%40acme/web@3.7.0", set()),
        ("pkg:oci/web@sha256:0f?tag=1.2.3", set()),
        ("pkg:oci/web@sha256:0f?tag=1.2.3&repository_url=acme.io", {("other", "1.2.3")}),
        ("pkg:oci/web@sha256:0f?repository_url=acme.io", {("other", None)}),
        ("pkg:oci/web?repository_url=elsewhere.io", set()),
    ],
)
def test_a_package_is_a_product_where_type_namespace_name_and_qualifiers_agree(purl, asked):
    matched = match([ComponentIn(purl=purl)], KNOWN)

    assert {(each.product, each.version) for each in matched.asked} == asked
    assert matched.unmatched == (not asked)


def test_of_two_products_the_one_that_is_meant_more_particularly_is_asked_about():
    known = {"any": ["pkg:oci/web"], "ours": ["pkg:oci/web?repository_url=acme.io"]}

    particular = match([ComponentIn(purl="pkg:oci/web@1?repository_url=acme.io")], known)
    general = match([ComponentIn(purl="pkg:oci/web@1?repository_url=b.io")], known)
    same = match([ComponentIn(purl="pkg:oci/web@1")], {"a": ["pkg:oci/web"], "b": ["pkg:oci/web"]})

    assert [particular.products, general.products, same.products] == [["ours"], ["any"], ["a", "b"]]


def test_what_is_said_twice_is_asked_once_for_all_its_places():
    purl = ComponentIn(purl=f"{WEB}@3.7.0")

    matched = match([purl, run(), run(features=("a",)), purl], KNOWN)

    assert list(matched.asked.values()) == [[0, 1, 3], [2]]


def test_a_component_names_a_product_or_a_package():
    neither, both = ComponentIn(version="1"), ComponentIn(product="web", purl="pkg:npm/web")

    problems = list(component_problems([run(), neither, both]))

    assert [problem.field for problem in problems] == ["components[1]", "components[2]"]


def test_a_report_has_an_instance_for_each_version_of_a_known_product():
    used = [run(features=("a",)), run(features=("b",)), run(product="unknown")]
    two = [run(), run(version="3.8.0")]

    one = as_instances(match(used, KNOWN), "ci", seen_at=NOW)
    both = as_instances(match(two, KNOWN), "ci", seen_at=NOW)

    assert list(one) == ["ci:clairdash"]
    assert one["ci:clairdash"].features == ("a", "b")
    assert one["ci:clairdash"].last_seen == NOW
    assert list(both) == ["ci:clairdash:3.7.0", "ci:clairdash:3.8.0"]
    assert both["ci:clairdash:3.7.0"].features is None


@pytest.mark.parametrize("order", [1, -1])
def test_which_features_are_used_is_not_known_where_one_of_two_does_not_say(order):
    said = [run(features=("a",)), run(instance="other")]

    (instance,) = as_instances(match(said[::order], KNOWN), "ci", seen_at=NOW).values()

    assert instance.features is None


def test_a_version_beside_one_that_is_not_said_has_a_name_of_its_own():
    running = as_instances(match([run(), run(version=None)], KNOWN), "ci", seen_at=NOW)

    assert list(running) == ["ci:clairdash:3.7.0"]


def test_an_instance_of_a_long_version_has_a_name_that_fits_and_stays_its_own():
    long = [f"3.7.0+{'a' * 190}{last}" for last in "bc"]

    running = as_instances(match([run(version=each) for each in long], KNOWN), "ci", seen_at=NOW)

    assert [each.version for each in running.values()] == long
    assert {len(name) for name in running} == {200}
    assert all(name.startswith("ci:clairdash:3.7.0+aaa") for name in running)


@pytest.mark.parametrize("version", ["3.7.0%00", "3.7.0%2B" + "a" * 200])
def test_a_version_that_no_instance_can_have_is_not_reported(version):
    matched = match([ComponentIn(purl=f"{WEB}@{version}")], KNOWN)

    assert as_instances(matched, "ci", seen_at=NOW) == {}
    assert "clairdash" not in replaced(matched, undecided=())


@pytest.mark.parametrize(
    ("components", "undecided", "goes"),
    [
        ([run()], (), {"clairdash", "other"}),
        ([run()], {"clairdash"}, {"other"}),
        ([run(version=None), run()], (), {"other"}),
        ([run(), run(product="unknown")], (), set()),
        ([ComponentIn(purl="pkg:npm/left-pad@1.3.0")], (), set()),
    ],
)
def test_a_report_replaces_what_it_says_all_about(components, undecided, goes):
    assert replaced(match(components, KNOWN), undecided=undecided) == goes


@pytest.mark.both_databases
async def test_a_version_of_a_package_is_compared_only_with_those_of_the_same_numbers(snapshots):
    snapshot = snapshots["clairdash"]

    assert snapshot.by_numbers[numbers_in("v3.7.0")] == ["3.7.0"]
    assert sum(map(len, snapshot.by_numbers.values())) == len(snapshot.by_version)
