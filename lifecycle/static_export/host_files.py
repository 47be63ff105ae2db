"""What tells a host how to serve the files: for Netlify and Cloudflare, and for nginx (pure)."""

from __future__ import annotations

from collections import Counter
from functools import partial
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
    for serving in served.values():
        counted.setdefault(serving.ending, Counter())[serving] += 1
    usual = {ending: kinds.most_common(1)[0][0] for ending, kinds in sorted(counted.items())}
    odd = {
        path.rpartition("/")[2]: serving
        for path, serving in served.items()
        if serving != usual[serving.ending] and serving.ending != PAGE
        if not path.startswith(f"{STYLES}/")
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
    for path, serving in served.items():
        if path.startswith((f"{STYLES}/", *(tree.rstrip("*") for tree in TREES))):
            continue
        headers = ((POLICY, serving.policy), *(() if serving.ending == PAGE else sharing))
        is_known = serving.ending in KNOWN_TO_HOSTS
        if not is_known or serving.content_type != usual[serving.ending].content_type:
            headers = (*headers, ("Content-Type", serving.content_type))
        rules[f"{prefix}{pattern_of(path)}"] = headers
    lines = []
    for pattern, headers in rules.items():
        lines += [pattern, *(f"  {name}: {value}" for name, value in headers)]
    return "\n".join(lines) + "\n"


def write_redirects(prefix: str, *, has_index: bool = False) -> str:
    """Write the file by which Netlify and Cloudflare Pages find documents without an ending.

    Rules without a wildcard come first, as Cloudflare wants them. Unless the folder has an index of
    its own, its root leads to the files below a path.

    >>> print(write_redirects("/support").splitlines()[-1])
    /support/.well-known/tea/* /support/.well-known/tea/:splat.json 200
    """
    single = [f"{prefix}{tree} {prefix}{tree}.json 200" for tree in JSON_TREES]
    if prefix:
        single.append(f"{WELL_KNOWN} {WELL_KNOWN}.json 200")
    if prefix and not has_index:
        single.append(f"/ {prefix}/ 302")
    below = [f"{prefix}{tree}/* {prefix}{tree}/:splat.json 200" for tree in JSON_TREES]
    return "\n".join([*single, *below]) + "\n"


def write_nginx(prefix: str, served: Mapping[str, Served], *, shared: bool) -> str:
    """Write the locations for a ``server`` of nginx whose ``root`` is the folder."""
    types = sort_types(served)
    page, document = (types.by_ending.get(ending, Served("")) for ending in (PAGE, DOCUMENT))
    location = partial(_location, shared=shared)
    kinds = (f'"{serving.content_type}" {ending};' for ending, serving in types.by_ending.items())
    by_ending = ("types {", *(f"    {kind}" for kind in kinds), "}")
    look = "try_files $uri $uri.html $uri.json ${uri}index.html =404;"
    below = f"^{_escaped(prefix)}/"
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
        lines += location(f"= {WELL_KNOWN}", document, *_typed(document, "$uri.json"))
    for name, serving in types.by_name.items():
        place = f'~ "{below}(?:.*/)?{_escaped(name)}$"'
        lines += location(place, serving, *_NO_QUERIES, *_typed(serving, "$uri"))
    for path, serving in served.items():
        if serving.ending == PAGE and serving != page and "{" not in path:
            lines += location(f"= {prefix}{path}", serving, *_typed(serving, "$uri.html"))
    for_long = f'add_header Cache-Control "{IMMUTABLE}";'
    styles = (*by_ending, for_long, "try_files $uri =404;")
    lines += location(f"^~ {prefix}{STYLES}/", document, *styles)
    lines += location(f"{prefix}/", page, *by_ending, look)
    for pattern, serving in _of_programs(types.by_ending).items():
        lines += location(f'~ "{below}{pattern}"', serving, *_NO_QUERIES, *by_ending, look)
    return "\n".join(lines) + "\n"


def _location(place: str, serving: Served, *lines: str, shared: bool) -> list[str]:
    sharing = SHARED if shared and serving.ending != PAGE else ()
    headers = (*HEADERS, (POLICY, serving.policy), *sharing)
    added = (f'add_header {name} "{value}" always;' for name, value in headers)
    return [f"location {place} {{", *(f"    {line}" for line in (*added, *lines)), "}"]


def _typed(serving: Served, file: str) -> tuple[str, ...]:
    """Serve one file, whose type its name does not say."""
    return "types { }", f'default_type "{serving.content_type}";', f"try_files {file} =404;"


_NO_QUERIES: Final = (
    "# A file cannot answer the question in a query: no answer is better than another's.",
    "if ($args) {",
    "    return 404;",
    "}",
)


def _of_programs(by_ending: Mapping[str, Served]) -> dict[str, Served]:
    """Return patterns of what is no page, each for one policy."""
    alike: dict[str, list[Served]] = {}
    for ending, serving in by_ending.items():
        if ending != PAGE:
            alike.setdefault(serving.policy, []).append(serving)
    trees = "|".join(tree.removeprefix("/").replace(".", r"\.") for tree in JSON_TREES)
    patterns = {}
    for several in alike.values():
        endings = "|".join(serving.ending for serving in several)
        below = rf"(?:{trees})(?:/|$)|" if DOCUMENT in endings.split("|") else ""
        patterns[rf"(?:{below}.*\.(?:{endings})$)"] = several[0]
    return patterns


def _escaped(prefix: str) -> str:
    return "".join(rf"\{letter}" if letter in ".+*?()[]^$|" else letter for letter in prefix)
