"""Policy documents as text: written out, and with single keys of theirs put another way."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from lifecycle.documents.yaml_documents import write_yaml
from lifecycle.policy.policy_documents import policy_document

if TYPE_CHECKING:
    from collections.abc import Container

    from lifecycle.policy.policies import Policy


def write_policy(policy: Policy) -> str:
    """Write a policy as a YAML document, ready to be changed; reading it gives an equal policy."""
    return _written(msgspec.json.encode(policy_document(policy)))


@lru_cache(maxsize=256)
def _written(document: bytes) -> str:
    """Write a document's JSON as YAML; a policy stays as it is, and its page shows all of them."""
    return write_yaml(msgspec.json.decode(document))


def with_key(text: str, key: str, value: str) -> str:
    r"""Return the text of a document with another value of a key at its top; comments stay.

    A document in YAML that lacks the key begins with it then; one in JSON stays as it is.

    >>> with_key("policy: ours\nversion: '1' # the first\n", "version", "2")
    'policy: ours\nversion: "2" # the first\n'
    >>> with_key('{"policy": "ours", "version": "1"}', "version", "2")
    '{"policy": "ours", "version": "2"}'
    >>> with_key("policy: ours\n", "in_force_from", "2026-12-01")
    'in_force_from: "2026-12-01"\npolicy: ours\n'
    """
    is_json = text.lstrip()[:1] == "{"
    quote = "[\"']?"
    begins = rf"(?:^\s*\{{|^\s*|,\s*){quote}" if is_json else rf"^{quote}"
    place = re.compile(
        rf"(?P<key>{begins}{key}{quote}[ \t]*:[ \t]*)"
        rf"""(?:"[^"\n]*"|'[^'\n]*'|[^\s"'#,}}][^\n#,}}]*?)?(?=[ \t]*(?:[#,}}]|$))""",
        re.MULTILINE,
    )
    changed, count = place.subn(lambda match: f'{match["key"]}"{value}"', text, count=1)
    if count or is_json:
        return changed
    first, line, document = text.partition("---\n") if text.startswith("---\n") else ("", "", text)
    return f'{first}{line}{key}: "{value}"\n{document}'


def next_version(version: str, versions: Container[str]) -> str:
    """Return the version of a policy that succeeds one.

    >>> next_version("1", {"1", "2"}), next_version("2026", {"2026"}), next_version("spring", ())
    ('3', '2027', 'spring-2')
    """
    if version.isascii() and version.isdigit():
        number = int(version[:18]) + 1
        while str(number) in versions:
            number += 1
        return str(number)
    number = 2
    while f"{version}-{number}" in versions:
        number += 1
    return f"{version}-{number}"
