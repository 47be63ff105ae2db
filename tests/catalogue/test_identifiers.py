from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.catalogue.catalogue_inputs import ProductIn
from lifecycle.catalogue.consistency import product_problems
from lifecycle.catalogue.identifiers import Identifiers, means, version_of
from lifecycle.catalogue.package_types import TYPES
from lifecycle.catalogue.package_urls import canonical, purl_faults, read_purl


def meant(identifier, purl):
    return means(read_purl(identifier), read_purl(purl))


@pytest.mark.parametrize(
    ("identifier", "purl"),
    [
        ("pkg:pypi/ruamel-yaml", "pkg:pypi/ruamel.yaml@1.0.0"),
        ("pkg:pypi/zope.interface", "pkg:pypi/Zope_Interface@5"),
        ("pkg:npm/%40acme/web", "pkg:npm/%40acme%2Fweb@1.0.0"),
        ("pkg:npm/%40acme/web", "pkg:npm/@acme/web@1.0.0"),
        ("pkg:npm/%40acme/web", "pkg:npm/acme/web@1.0.0"),
        ("pkg:composer/acme/web", "pkg:composer/Acme%2FWeb@1"),
        ("pkg:github/acme/web", "pkg:GitHub/ACME/Web@v1"),
        ("pkg:golang/github.com/burntsushi/toml", "pkg:golang/github.com/BurntSushi/toml@v1"),
        ("pkg:golang/ex.org/w", "pkg:golang/ex.org%2Fw@v1.0.0"),
        ("pkg:golang/ex.org/w", "pkg:golang/ex.org/w/v2@v2.0.0"),
        ("pkg:golang/ex.org/w/v2", "pkg:golang/ex.org/w/v2@v2.1.0"),
        ("pkg:golang/ex.org/w@v2.0.0", "pkg:golang/ex.org/w@v2.0.0+incompatible"),
        ("pkg:nuget/Newtonsoft.Json", "pkg:nuget/newtonsoft.json@13"),
        ("pkg:deb/debian/curl", "pkg:deb/Debian/Curl@1-1"),
        ("pkg:hackage/a-b", "pkg:hackage/a_b@1"),
        ("pkg:pub/a_b", "pkg:pub/A-b@1"),
        ("pkg:brew/go", "pkg:brew/Homebrew/core/Go@1.22"),
        ("pkg:cpan/URI-PackageURL", "pkg:cpan/GDT/URI-PackageURL@2.1"),
        ("pkg:cpan/URI-PackageURL?author=GDT", "pkg:cpan/gdt/URI-PackageURL@2.1"),
        ("pkg:maven/org.acme/web?type=jar", "pkg:maven/org.acme/web@1"),
        ("pkg:npm/web?repository_url=https://registry.npmjs.org/", "pkg:npm/web@1"),
        (
            "pkg:oci/web?repository_url=acme.io/web",
            "pkg:oci/web?repository_url=https://acme.io/web/",
        ),
        ("pkg:oci/web?repository_url=acme.io/web", "pkg:oci/web?repository_url=Acme.IO/web"),
        ("pkg:docker/nginx", "pkg:docker/library/nginx@1.27"),
        ("pkg:swid/Acme/App?tag_id=AB-1", "pkg:swid/Acme/App@1?tag_id=ab-1"),
        ("pkg:vscode-extension/redhat/java", "pkg:vscode-extension/RedHat/Java@1"),
        ("pkg:git/codeberg.org/acme/web", "pkg:git/Codeberg.org%2Facme/web@1"),
    ],
)
def test_one_package_is_recognised_however_its_type_lets_it_be_written(identifier, purl):
    assert meant(identifier, purl)


@pytest.mark.parametrize(
    ("identifier", "purl"),
    [
        ("pkg:npm/jsonstream", "pkg:npm/JSONStream@1"),
        ("pkg:npm/web", "pkg:npm/%40acme/web@1"),
        ("pkg:npm/a-b", "pkg:npm/a.b@1"),
        ("pkg:maven/org.acme/web", "pkg:maven/org.acme/Web@1"),
        ("pkg:maven/org.acme/web?type=jar", "pkg:maven/org.acme/web@1?type=war"),
        ("pkg:golang/ex.org/w/v2", "pkg:golang/ex.org/w/v3@v3.0.0"),
        ("pkg:golang/ex.org/w/v2", "pkg:golang/ex.org/w@v1.0.0"),
        ("pkg:cpan/URI-PackageURL?author=GDT", "pkg:cpan/URI-PackageURL@2.1"),
        ("pkg:brew/go", "pkg:brew/acme/tap/go@1"),
        ("pkg:npm/web@1.0.0", "pkg:npm/web@1.0.1"),
    ],
)
def test_another_package_is_never_taken_for_a_product_s(identifier, purl):
    assert not meant(identifier, purl)


@pytest.mark.parametrize(
    ("purl", "version"),
    [
        ("pkg:rpm/fedora/web@3.7.0-1.fc40?epoch=1", "1:3.7.0-1.fc40"),
        ("pkg:rpm/fedora/web@1:3.7.0-1.fc40?epoch=1", "1:3.7.0-1.fc40"),
        ("pkg:vcpkg/zlib@1.3.1?port_version=2", "1.3.1#2"),
        ("pkg:vcpkg/zlib@1.3.1?port_version=0", "1.3.1"),
        ("pkg:docker/acme/web@sha256:0f?tag=3.7.0", "3.7.0"),
        ("pkg:huggingface/acme/m@ABCDEF", "abcdef"),
    ],
)
def test_a_qualifier_that_is_part_of_the_version_counts_as_part_of_it(purl, version):
    assert version_of(read_purl(purl)) == version


@pytest.mark.parametrize(
    ("purl", "words"),
    [
        ("pkg:swift/Alamofire", "lacks the namespace"),
        ("pkg:swift/github.com/Alamofire", "fewer than 2 segments"),
        ("pkg:pypi/acme/web", "has the namespace 'acme'"),
        ("pkg:julia/Dates", "lacks the qualifier uuid"),
        ("pkg:chrome-extension/dogs", "has the name 'dogs'"),
        ("pkg:web", "is not a package URL"),
    ],
)
def test_an_identifier_that_no_package_can_have_is_refused(purl, words):
    facts = ProductIn(
        slug="web", name="Web", scheme="semver", line_by="minor", identifiers=("pkg:npm/a", purl)
    )

    (problem,) = product_problems(facts)

    assert (problem.field, problem.value) == ("identifiers[1]", purl)
    assert words in problem.message


def test_the_identifier_with_more_to_it_goes_before_the_general_one():
    known = Identifiers({"any": ["pkg:golang/ex.org/w"], "second": ["pkg:golang/ex.org/w/v2"]})

    assert known.products(read_purl("pkg:golang/ex.org/w/v2@v2.0.0")) == ("second",)
    assert known.products(read_purl("pkg:golang/ex.org/w@v1.0.0")) == ("any",)


names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1)


@given(kind=st.sampled_from([*TYPES, "unheard-of"]), names=st.lists(names, min_size=1, max_size=3))
def test_reading_what_was_read_changes_nothing_and_means_the_same(kind, names):
    purl = read_purl(f"pkg:{kind}/" + "/".join(quote(name, safe="") for name in names))

    if purl is not None:
        assert canonical(purl) == purl
        assert means(purl, purl)


@given(st.text())
def test_no_text_breaks_the_reading_of_package_urls(text):
    for each in (text, f"pkg:npm/{text}"):
        assert read_purl(each) is not None or list(purl_faults(each))
