import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lifecycle.answers.component_matches import ComponentIn, match
from lifecycle.answers.resemblances import resemblances
from lifecycle.catalogue.package_urls import read_purl

KNOWN = {
    "clairdash": ["pkg:npm/%40clairdash/server", "pkg:docker/clairdash/clairdash"],
    "ledger": ["pkg:maven/org.acme/ledger"],
    "service": [],
    "by-digest": ["cpe:2.3:a:acme:thing"],
}
names = st.text("abcdefghij", min_size=6, max_size=20)


@pytest.mark.parametrize(
    ("purl", "product"),
    [
        ("pkg:npm/clairdash-server", "clairdash"),
        ("pkg:npm/%40clairdash/servr@1", "clairdash"),
        ("pkg:npm/%40clairdash/sevrer", "clairdash"),
        ("pkg:generic/clairdash/clairdash", "clairdash"),
        ("pkg:maven/org.acme/ledgers", "ledger"),
        ("pkg:npm/service", "service"),
        ("pkg:npm/by_digest", "by-digest"),
        ("pkg:npm/server", None),
        ("pkg:pypi/clairdash-server", None),
        ("pkg:npm/clairdash2-server", None),
        ("pkg:maven/com.other/ledger", None),
        ("pkg:npm/ledger", None),
    ],
)
def test_a_package_url_resembles_one_of_its_type_and_almost_its_name(purl, product):
    found = resemblances(KNOWN).of_purl(read_purl(purl))

    assert (found and found.product) == product


@pytest.mark.parametrize(
    ("name", "product"),
    [
        ("ledger", "ledger"),
        ("Clairdash", "clairdash"),
        ("@clairdash/server", "clairdash"),
        ("clairdahs", None),
        ("", None),
        ("...", None),
        ("left-pad", None),
    ],
)
def test_a_name_alone_resembles_the_last_part_of_an_identifier(name, product):
    found = resemblances(KNOWN).of_name(name)

    assert (found and found.product) == product


@given(names, st.data())
def test_one_letter_wrong_is_seen_wherever_it_stands(name, data):
    place = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("abcdefghij"))
    kinds = [
        name[:place] + name[place + 1 :],
        name[:place] + letter + name[place:],
        name[:place] + letter + name[place + 1 :],
        name[:place] + name[place : place + 2][::-1] + name[place + 2 :],
    ]
    known = resemblances({"known": [f"pkg:npm/{name}"]})

    for wrong in kinds:
        assert known.of_purl(read_purl(f"pkg:npm/{wrong}")) is not None


@given(names, names)
def test_what_differs_by_more_resembles_nothing(one, other):
    assume(abs(len(one) - len(other)) > 1 or sorted(one) != sorted(other))
    differing = len(set(one) ^ set(other))
    assume(differing > 2)

    assert (
        resemblances({"known": [f"pkg:npm/{one}"]}).of_purl(read_purl(f"pkg:npm/{other}")) is None
    )


def test_what_was_not_recognised_is_named_up_to_a_limit_what_may_be_known_first():
    harmless = [ComponentIn(name=f"part-{n}", fault="odd") for n in range(200)]
    mistaken = [ComponentIn(purl=f"pkg:npm/clairdash-server@{n}") for n in range(200)]

    matched = match([*harmless, ComponentIn(name="ledger", fault="odd"), *mistaken], KNOWN)

    assert (matched.unreadable, len(matched.unread)) == (201, 100)
    assert (matched.unread[0].place, matched.unread[0].product) == (200, "ledger")
    assert [(each.name, len(each.places)) for each in matched.near] == [
        ("pkg:npm/clairdash-server", 200)
    ]


@pytest.mark.parametrize(
    "purl",
    [
        "npm/@clairdash/server@1.0.0",
        "pkg:npm//%40clairdash%2Fserver@1",
        "pkg:/ledger?a=b",
        "ledger",
        "org.acme:ledger:1.0",
        "ledger-1.0.jar",
        "docker.io/clairdash/clairdash:3.1",
    ],
)
def test_a_text_that_is_no_package_url_may_mean_a_product_that_it_names(purl):
    known = resemblances(KNOWN)

    assert known.of_text(purl) is not None
    for name in ("ledger", "clairdash", "server"):
        purl = purl.replace(name, "x")
    assert known.of_text(purl) is None


@pytest.mark.parametrize(
    ("purl", "product"),
    [
        ("pkg:deb/ubuntu/clairdash@1", "clairdash"),
        ("pkg:apk/alpine/clairdash", None),
        ("pkg:deb/ubuntu/clair", None),
    ],
)
def test_what_another_distributor_packages_under_the_same_name_resembles_it(purl, product):
    found = resemblances({"clairdash": ["pkg:deb/debian/clairdash"]}).of_purl(read_purl(purl))

    assert (found and found.product) == product


def test_a_package_url_that_cannot_be_read_is_told_though_another_one_of_its_component_can_be():
    component = ComponentIn(purl="pkg:generic/other", aliases=("pkg:/@clairdash/server@1",))
    found = match([component], KNOWN)

    assert [(each.product, each.fault) for each in found.unread] == [
        ("clairdash", "its purl is not a package URL")
    ]
    assert found.unmatched == 0
