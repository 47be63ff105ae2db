"""Equal versions share their numbers, so that only few need be compared with one."""

import pytest

from lifecycle.versions.package_versions import equal_under, numbers_in

EQUAL = [
    ("gem", "1.0", "1.0.0"),
    ("nuget", "1.0", "1.0.0.0"),
    ("pep440", "1.0a", "1.0.0a0"),
    ("pep440", "1.0-1", "v1.0.post1"),
    ("pep440", "1.0.dev", "1.0.dev0"),
    ("maven", "1-ga", "1.0.0"),
    ("maven", "1.0-alpha-1", "1.0.a1"),
    ("semver", "1.2.0+build5", "1.2.0"),
    ("golang", "v2.0.0+incompatible", "v2.0.0"),
    ("deb", "0:1.2-0", "1.2"),
    ("rpm", "0:1.02", "1.2"),
]


@pytest.mark.parametrize(("name", "one", "other"), EQUAL)
def test_versions_that_a_scheme_holds_to_be_the_same_have_the_same_numbers(name, one, other):
    assert equal_under(name, one, other)
    assert numbers_in(one) == numbers_in(other)
