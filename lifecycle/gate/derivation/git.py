"""The version of a release, from the tag at a checkout's commit or from what it says of itself.

A tag may be the version itself, begin with ``v``, and before that name the product, as in
``clairdash-v3.40.0``, ``clairdash/3.40.0`` and ``@vendor/clairdash@3.40.0``. A commit without such
a tag has the version that its pyproject.toml or package.json states.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Final

from lifecycle import documents
from lifecycle.documents.storable_text import shown
from lifecycle.gate.derivation import Derived, NotDerived

if TYPE_CHECKING:
    from pathlib import Path

SECONDS: Final = 30
"""How long git may take."""

_BARE: Final = re.compile(r"v?(\d.*)")


def derive(folder: Path, *, product: str) -> Derived:
    """Return the version of the commit that is checked out in a folder."""
    tags = _git(folder, "tag", "--points-at", "HEAD").splitlines()
    versions = {tag: version for tag in tags if (version := version_of(tag, product))}
    if len(set(versions.values())) > 1:
        raise NotDerived(
            f"The commit has several tags, {', '.join(map(shown, versions))}; give --version."
        )
    for tag, version in versions.items():
        return Derived(version=version, notes=(f"{version} is the version of the tag {tag}.",))
    for file, read in (("pyproject.toml", _pyproject), ("package.json", _package)):
        if version := read(folder / file):
            message = f"The commit has no tag of a version; {version} is what {file} states."
            return Derived(version=version, notes=(message,))
    shallow = _git(folder, "rev-parse", "--is-shallow-repository").strip() == "true"
    fetch = " The clone is shallow: `git fetch --tags` may bring the tag." if shallow else ""
    raise NotDerived(
        f"The commit in {folder} has no tag of a version, and neither pyproject.toml nor"
        f" package.json states one; tag it, or give --version.{fetch}"
    )


def version_of(tag: str, product: str) -> str | None:
    """Return the version that a tag is for, or nothing if it is none of the product's.

    >>> [version_of(tag, "clairdash") for tag in ("v3.40.0", "clairdash@3.40.0", "other-v1", "rc")]
    ['3.40.0', '3.40.0', None, None]
    """
    bare = re.sub(rf"(?:@?[\w.-]+/)?{re.escape(product)}[-/@_]", "", tag, count=1)
    match = _BARE.fullmatch(bare)
    return match[1] if match else None


def _git(folder: Path, *arguments: str) -> str:
    command = shutil.which("git")
    if command is None:
        raise NotDerived("git is not installed; install it, or give --version.")
    # A hook's variables would have git look at another repository than this folder's.
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        process = subprocess.run(  # noqa: S603 -- a fixed program, with no shell, and no text from outside
            [command, "-C", str(folder), *arguments],
            env=own | {"LC_ALL": "C"},
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotDerived(f"git could not be run ({error}); give --version.") from None
    if process.returncode:
        complaint = process.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        why = (
            shown(complaint.splitlines()[0])
            if complaint
            else f"it exited with {process.returncode}"
        )
        if "not a git repository" in why:
            why = "it is not a git repository"
        raise NotDerived(f"No version found in {folder}: {why}. Use --version.")
    return process.stdout.decode(errors="replace")


def _pyproject(file: Path) -> str | None:
    stated = _read(file, "toml")
    poetry = _inner(_inner(stated, "tool"), "poetry")
    return _text(_inner(stated, "project")) or _text(poetry)


def _package(file: Path) -> str | None:
    return _text(_read(file, "json"))


def _read(file: Path, form: documents.Format) -> Any:
    try:
        return documents.load(file.read_bytes(), format=form)
    except OSError:
        return None
    except documents.UnreadableDocument as error:
        raise NotDerived(f"{file} cannot be read: {error.detail}") from None


def _inner(stated: Any, key: str) -> Any:
    return stated.get(key) if isinstance(stated, dict) else None


def _text(stated: Any) -> str | None:
    version = _inner(stated, "version")
    return version if isinstance(version, str) and version.strip() else None
