"""What tells a host how to serve the files: for Netlify and Cloudflare, and for nginx (pure)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from lifecycle.static_export.file_names import ending_of
from lifecycle.static_export.public_routes import JSON_TREES, WELL_KNOWN, pattern_of

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADERS_NAME: Final = "_headers"
REDIRECTS_NAME: Final = "_redirects"
NGINX_NAME: Final = "_nginx.conf"
NOT_FOUND: Final = "/404"
"""The address of the page that hosts show where there is no file."""

HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
)
"""Of every file."""
POLICY: Final = "Content-Security-Policy"
LEAST_POLICY: Final = "base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
"""Of files that no rule names; hosts of rules by path add this to every other policy."""
SHARED: Final = (("Access-Control-Allow-Origin", "*"),)
"""Of what is no page, where the service lets scripts of any site read what is public."""
IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""Of styles, whose names change with their contents."""
STYLES: Final = "/static"
KNOWN_TO_HOSTS: Final = frozenset({"html", "json", "css", "js", "svg", "png"})
"""Endings whose content type every host knows."""
PAGE: Final = "html"
DOCUMENT: Final = "json"
TREES: Final = ("/v1/*", "/api/*", "/tea", "/tea/*", WELL_KNOWN)
"""Where all is JSON. No address lies in two of them: hosts would send two values of a header."""


class Served(NamedTuple):
    """How the service answers at a path: the content type, and what browsers may do with it."""

    content_type: str
    policy: str = LEAST_POLICY

    @property
    def ending(self) -> str:
        """How the files end."""
        return ending_of(self.content_type) or ""


class ServedTypes(NamedTuple):
    """How what was exported is served: by ending, and by the file names that differ."""

    by_ending: Mapping[str, Served]
    by_name: Mapping[str, Served]


def sort_types(served: Mapping[str, Served]) -> ServedTypes:
    """Sort how the service answers at its paths: an ending means what most paths with it have.

    A page's address ends in a name that others may have, so pages are not told apart by it.

    >>> sort_types({"/a": Served("application/json"), "/b": Served("application/json"),
    ...     "/schema/openapi.json": Served("application/vnd.oai.openapi+json", "none")})[1]
    {'openapi.json': Served(content_type='application/vnd.oai.openapi+json', policy='none')}
    """
    counted: dict[str, Counter[Served]] = {}
    for one in served.values():
        counted.setdefault(one.ending, Counter())[one] += 1
    usual = {ending: kinds.most_common(1)[0][0] for ending, kinds in sorted(counted.items())}
    odd = {
        path.rpartition("/")[2]: one
        for path, one in served.items()
        if one != usual[one.ending] and one.ending != PAGE
    }
    return ServedTypes(usual, odd)


def write_headers(prefix: str, served: Mapping[str, Served], *, shared: bool) -> str:
    """Write the headers file of Netlify and Cloudflare Pages."""
    usual = sort_types(served).by_ending
    sharing = SHARED if shared else ()
    every = (*HEADERS, (POLICY, LEAST_POLICY))
    documents = ((POLICY, usual[DOCUMENT].policy), *sharing)
    rules = {
        f"{prefix}/*": every,
        f"{prefix}{STYLES}/*": (("Cache-Control", IMMUTABLE), *documents),
        **{f"{prefix}{tree}": documents for tree in TREES},
    }
    if prefix:
        rules[WELL_KNOWN] = (*every, *documents)
    for path, one in served.items():
        if path.startswith((f"{STYLES}/", *(tree.rstrip("*") for tree in TREES))):
            continue
        headers = ((POLICY, one.policy), *(() if one.ending == PAGE else sharing))
        is_known = one.ending in KNOWN_TO_HOSTS
        if not is_known or one.content_type != usual[one.ending].content_type:
            headers = (*headers, ("Content-Type", one.content_type))
        rules[f"{prefix}{pattern_of(path)}"] = headers
    lines = []
    for pattern, headers in rules.items():
        lines += [pattern, *(f"  {name}: {value}" for name, value in headers)]
    return "\n".join(lines) + "\n"


def write_redirects(prefix: str) -> str:
    """Write the file by which Netlify and Cloudflare Pages find documents without an ending.

    Rules without a wildcard come first, as Cloudflare wants them.

    >>> print(write_redirects("/support").splitlines()[-1])
    /support/.well-known/tea/* /support/.well-known/tea/:splat.json 200
    """
    single = [f"{prefix}{tree} {prefix}{tree}.json 200" for tree in JSON_TREES]
    if prefix:
        single.append(f"{WELL_KNOWN} {WELL_KNOWN}.json 200")
    below = [f"{prefix}{tree}/* {prefix}{tree}/:splat.json 200" for tree in JSON_TREES]
    return "\n".join([*single, *below]) + "\n"


def write_nginx(prefix: str, served: Mapping[str, Served], *, shared: bool) -> str:
    """Write the locations for a ``server`` of nginx whose ``root`` is the folder."""
    types = sort_types(served)
    kinds = [f'        "{one.content_type}" {ending};' for ending, one in types.by_ending.items()]
    by_ending = ["    types {", *kinds, "    }"]
    look = ["    try_files $uri $uri.html $uri.json ${uri}index.html =404;"]
    page, document = (types.by_ending.get(each, Served("")) for each in (PAGE, DOCUMENT))

    def answer(location: str, one: Served, *lines: str) -> list[str]:
        headers = (
            *HEADERS,
            (POLICY, one.policy),
            *(SHARED if shared and one.ending != PAGE else ()),
        )
        added = [f'    add_header {name} "{value}" always;' for name, value in headers]
        return [f"location {location} {{", *added, *lines, "}"]

    lines = [
        "# In a server block of nginx, after its root, which is the folder of this file:",
        f"#     include {NGINX_NAME};",
        "absolute_redirect off;",
        f"error_page 404 {prefix}{NOT_FOUND}.html;",
        rf"location ~ ^/(?:{HEADERS_NAME}|{REDIRECTS_NAME}|_nginx\.conf|\.lifecycle-export.*)$ {{",
        "    return 404;",
        "}",
    ]
    if prefix:
        lines += [f"location = {prefix} {{", f"    return 301 {prefix}/;", "}"]
        lines += ["location = / {", "    try_files /index.html @lifecycle;", "}"]
        lines += ["location @lifecycle {", f"    return 302 {prefix}/;", "}"]
        as_json = f'    types {{ }} default_type "{document.content_type}";'
        lines += answer(f"= {WELL_KNOWN}", document, as_json, "    try_files $uri.json =404;")
    for name, one in types.by_name.items():
        as_odd = f'    types {{ }} default_type "{one.content_type}";'
        whole = f'~ "^{_escaped(prefix)}/(?:.*/)?{_escaped(name)}$"'
        lines += answer(whole, one, *_NO_QUERIES, as_odd, "    try_files $uri =404;")
    for path, one in served.items():
        if one.ending == PAGE and one != page and "{" not in path:
            of_html = ["    types { }", f'    default_type "{one.content_type}";']
            lines += answer(f"= {prefix}{path}", one, *of_html, "    try_files $uri.html =404;")
    for_long = f'    add_header Cache-Control "{IMMUTABLE}";'
    lines += answer(
        f"^~ {prefix}{STYLES}/", document, *by_ending, for_long, "    try_files $uri =404;"
    )
    lines += answer(f"{prefix}/", page, *by_ending, *look)
    for where, one in _of_programs(types.by_ending).items():
        lines += answer(f'~ "^{_escaped(prefix)}/{where}"', one, *_NO_QUERIES, *by_ending, *look)
    return "\n".join(lines) + "\n"


_NO_QUERIES: Final = (
    "    # A file cannot answer the question in a query: no answer is better than another's.",
    "    if ($args) {",
    "        return 404;",
    "    }",
)


def _of_programs(by_ending: Mapping[str, Served]) -> dict[str, Served]:
    """Return patterns of what is no page, each for one policy."""
    alike: dict[str, list[Served]] = {}
    for ending, one in by_ending.items():
        if ending != PAGE:
            alike.setdefault(one.policy, []).append(one)
    trees = "|".join(tree.removeprefix("/").replace(".", r"\.") for tree in JSON_TREES)
    patterns = {}
    for several in alike.values():
        endings = "|".join(one.ending for one in several)
        below = rf"(?:{trees})(?:/|$)|" if DOCUMENT in endings.split("|") else ""
        patterns[rf"(?:{below}.*\.(?:{endings})$)"] = several[0]
    return patterns


def _escaped(prefix: str) -> str:
    return "".join(rf"\{letter}" if letter in ".+*?()[]^$|" else letter for letter in prefix)
