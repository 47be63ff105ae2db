from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.versions import scheme

numbers = st.sampled_from(["0", "1", "2", "10"])
words = st.sampled_from(
    ["alpha", "m", "a", "rc", "cr", "snapshot", "ga", "final", "sp", "jre", "x1"]
)
parts = numbers | words
written = st.builds(
    lambda first, rest: first + "".join(rest),
    st.sampled_from(["0", "1", "1.0", "2.0.0"]),
    st.lists(st.builds("{}{}".format, st.sampled_from([".", "-", ""]), parts), max_size=4),
)


def key(version):
    return scheme("maven").parse(version).key


@pytest.mark.parametrize(
    "ascending",
    [
        ["1.0.0-SP1", "1.0.0.SP2"],
        ["1.0.0.SP1", "1.0.0-SP2", "1.0.0.SP10"],
        ["1-alpha", "1-alpha.1", "1-beta", "1-m1", "1-rc", "1-rc1", "1-SNAPSHOT", "1", "1-sp"],
        ["1.0.0.X1", "1.0.0-X2", "1.0.0.1"],
        ["2.0.a", "2-1", "2.0.2"],
        ["1-jre", "1-1", "1.1"],
        ["1-" + "9" * 30, "1." + "9" * 30],
    ],
)
def test_versions_order_as_maven_orders_them_since_3_9(ascending):
    for lower, higher in pairwise(map(key, ascending)):
        assert lower < higher


@pytest.mark.parametrize(
    "equal",
    [
        ["1", "1.0", "1.0.0", "1-ga", "1.FINAL", "1.0.RELEASE", "1-", "1.0-0"],
        ["1-rc1", "1-rc-1", "1.0.rc1", "1-CR1", "1rc1"],
        ["1-a1", "1-alpha-1", "1.alpha1"],
        ["1.0.0.X1", "1-x-1"],
    ],
)
def test_spellings_that_maven_takes_for_one_version_are_equal(equal):
    for one, other in pairwise(map(key, equal)):
        assert one == other


@given(written)
def test_a_maven_version_equals_itself_and_its_upper_case(version):
    assert key(version) == key(version.upper())
    assert not key(version) < key(version)


@given(written, written)
def test_of_two_maven_versions_one_is_lower_or_they_are_equal(one, other):
    assert (key(one) < key(other)) + (key(one) == key(other)) + (key(other) < key(one)) == 1
