"""What each type of package URL prescribes, as its definition in the specification says (pure).

packageurl-python takes a package URL apart. Which parts have no case, and what a type requires or
forbids, it knows for some types only, and differently for a few (npm's names have case).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

import msgspec


class Presence(StrEnum):
    """Whether package URLs of a type have a namespace."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    PROHIBITED = "prohibited"


REQUIRED, PROHIBITED = Presence.REQUIRED, Presence.PROHIBITED


class PackageType(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one type.

    ``lower`` names the parts without case. Where a type is ``caseless``, case is kept and yet
    tells no two packages apart. ``defaults`` and ``repository`` hold for qualifiers left out,
    ``home`` for the namespace. The patterns are what the whole name or version must match.
    """

    namespace: Presence = Presence.OPTIONAL
    lower: tuple[str, ...] = ()
    caseless: bool = False
    home: str | None = None
    required: tuple[str, ...] = ()
    repository: str | None = None
    defaults: dict[str, str] = {}
    name: re.Pattern[str] | None = None
    version: re.Pattern[str] | None = None
    least_segments: int = 0
    """How many segments the namespace has at least, where it has one."""


NO_RULES: Final = PackageType()
_NAMES: Final = ("namespace", "name")

TYPES: Final[dict[str, PackageType]] = {
    "alpm": PackageType(namespace=REQUIRED, lower=_NAMES),
    "apk": PackageType(namespace=REQUIRED, lower=_NAMES),
    "bazel": PackageType(namespace=PROHIBITED, repository="https://bcr.bazel.build"),
    "bitbucket": PackageType(namespace=REQUIRED, lower=_NAMES, repository="https://bitbucket.org"),
    "bitnami": PackageType(
        namespace=PROHIBITED,
        lower=("name",),
        repository="https://downloads.bitnami.com/files/stacksmith",
        defaults={"arch": "amd64"},
    ),
    "brew": PackageType(lower=_NAMES, home="homebrew/core", repository="https://formulae.brew.sh"),
    "cargo": PackageType(namespace=PROHIBITED, repository="https://crates.io"),
    "chrome-extension": PackageType(
        namespace=PROHIBITED,
        lower=("name",),
        repository="https://chromewebstore.google.com",
        name=re.compile("[a-p]{32}"),
        version=re.compile(r"\d+(\.\d+){0,3}"),
    ),
    "cocoapods": PackageType(
        namespace=PROHIBITED,
        repository="https://cdn.cocoapods.org",
        name=re.compile(r"[^\s+.][^\s+]*"),
    ),
    "composer": PackageType(namespace=REQUIRED, lower=_NAMES, repository="https://packagist.org"),
    "conan": PackageType(repository="https://center.conan.io"),
    "conda": PackageType(namespace=PROHIBITED, repository="https://repo.anaconda.com"),
    "cpan": PackageType(
        repository="https://www.cpan.org",
        defaults={"ext": "tar.gz"},
        name=re.compile("((?!::).)+"),
    ),
    "cran": PackageType(
        namespace=PROHIBITED, caseless=True, repository="https://cran.r-project.org"
    ),
    "deb": PackageType(namespace=REQUIRED, lower=_NAMES),
    "docker": PackageType(home="library", repository="https://hub.docker.com"),
    "gem": PackageType(
        namespace=PROHIBITED, repository="https://rubygems.org", defaults={"platform": "ruby"}
    ),
    # Its definition says that case counts, the specification's tests that it does not.
    "git": PackageType(namespace=REQUIRED, lower=_NAMES),
    "github": PackageType(namespace=REQUIRED, lower=_NAMES, repository="https://github.com"),
    "gitlab": PackageType(namespace=REQUIRED, lower=_NAMES, repository="https://gitlab.com"),
    # Its definition requires a namespace; tools write pkg:golang/stdlib all the same.
    "golang": PackageType(caseless=True),
    "hackage": PackageType(namespace=PROHIBITED, repository="https://hackage.haskell.org"),
    "hex": PackageType(lower=_NAMES, repository="https://repo.hex.pm"),
    "huggingface": PackageType(namespace=REQUIRED, lower=("version",)),
    "julia": PackageType(
        namespace=PROHIBITED,
        required=("uuid",),
        repository="https://github.com/JuliaRegistries/General",
    ),
    "luarocks": PackageType(lower=_NAMES, repository="https://luarocks.org"),
    "maven": PackageType(
        namespace=REQUIRED,
        repository="https://repo.maven.apache.org/maven2",
        defaults={"type": "jar"},
    ),
    "mlflow": PackageType(namespace=PROHIBITED),
    "npm": PackageType(repository="https://registry.npmjs.org"),
    "nuget": PackageType(namespace=PROHIBITED, caseless=True, repository="https://www.nuget.org"),
    "oci": PackageType(namespace=PROHIBITED, lower=("name", "version")),
    "opam": PackageType(namespace=PROHIBITED, repository="https://opam.ocaml.org"),
    "otp": PackageType(namespace=PROHIBITED, lower=("name",)),
    "pub": PackageType(
        namespace=PROHIBITED, lower=("name",), repository="https://pub.dartlang.org"
    ),
    "pypi": PackageType(
        namespace=PROHIBITED, lower=("name", "version"), repository="https://pypi.org"
    ),
    "qpkg": PackageType(namespace=REQUIRED, lower=("namespace",)),
    "rpm": PackageType(namespace=REQUIRED, lower=("namespace",)),
    "swid": PackageType(required=("tag_id",), defaults={"tag_version": "0", "patch": "false"}),
    "swift": PackageType(namespace=REQUIRED, least_segments=2),
    "vcpkg": PackageType(
        namespace=PROHIBITED,
        repository="https://github.com/microsoft/vcpkg",
        defaults={"port_version": "0"},
    ),
    "vscode-extension": PackageType(
        namespace=REQUIRED,
        lower=("namespace", "name", "version"),
        repository="https://marketplace.visualstudio.com/vscode-extension",
        defaults={"platform": "universal"},
    ),
    "yocto": PackageType(lower=("namespace",)),
}


def rules_of(kind: str) -> PackageType:
    """Return the rules of a type; one that is not defined has none."""
    return TYPES.get(kind, NO_RULES)
