"""What tells a host how to serve the files: for Netlify and Cloudflare, and for nginx (pure)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from lifecycle.static_export.file_names import ending_of
from lifecycle.static_export.public_routes import EXPORTED, JSON_TREES, pattern_of

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
    ("Content-Security-Policy", "base-uri 'none'; object-src 'none'; frame-ancestors 'none'"),
)
"""Of every file. The service's own policies differ by kind; hosts would add them up."""
SHARED: Final = (("Access-Control-Allow-Origin", "*"),)
"""Of every file too, where the service lets scripts of any site read what is public."""
IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""Of styles, whose names change with their contents."""
STYLES: Final = "/static"
KNOWN_TO_HOSTS: Final = frozenset({"html", "json", "css", "js", "svg", "png"})
"""Endings whose content type every host knows."""


class ServedTypes(NamedTuple):
    """The content types of what was exported: by ending, and by the file names that differ."""

    by_ending: Mapping[str, str]
    by_name: Mapping[str, str]


def sort_types(content_types: Mapping[str, str]) -> ServedTypes:
    """Sort the content types of addresses: an ending means the one that most files with it have.

    >>> sort_types({"/a": "application/json", "/b": "application/json",
    ...     "/schema/openapi.json": "application/vnd.oai.openapi+json"})[1]
    {'openapi.json': 'application/vnd.oai.openapi+json'}
    """
    counted: dict[str, Counter[str]] = {}
    for content_type in content_types.values():
        counted.setdefault(ending_of(content_type) or "", Counter())[content_type] += 1
    usual = {ending: types.most_common(1)[0][0] for ending, types in sorted(counted.items())}
    odd = {
        address.rpartition("/")[2]: content_type
        for address, content_type in content_types.items()
        if content_type != usual[ending_of(content_type) or ""]
    }
    return ServedTypes(usual, odd)


def write_headers(prefix: str, content_types: Mapping[str, str], *, shared: bool) -> str:
    """Write the headers file of Netlify and Cloudflare Pages."""
    types = sort_types(content_types)
    rules = {
        f"{prefix}/*": _headers(shared=shared),
        f"{prefix}{STYLES}/*": (("Cache-Control", IMMUTABLE),),
    }
    for path in (path for paths in EXPORTED.values() for path in paths):
        name = path.rpartition("/")[2]
        ending = name.rpartition(".")[2]
        content_type = types.by_name.get(name)
        if content_type is None and ending not in KNOWN_TO_HOSTS:
            content_type = types.by_ending.get(ending)
        if content_type is not None:
            rules[f"{prefix}{pattern_of(path)}"] = (("Content-Type", content_type),)
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
    below = [f"{prefix}{tree}/* {prefix}{tree}/:splat.json 200" for tree in JSON_TREES]
    return "\n".join([*single, *below]) + "\n"


def write_nginx(prefix: str, content_types: Mapping[str, str], *, shared: bool) -> str:
    """Write the locations for a ``server`` of nginx whose ``root`` is the folder."""
    types = sort_types(content_types)
    kinds = [f'        "{kind}" {ending};' for ending, kind in types.by_ending.items()]
    headers = [
        f'    add_header {name} "{value}" always;' for name, value in _headers(shared=shared)
    ]
    lookup = "try_files $uri $uri.html $uri.json ${uri}index.html =404;"
    body = ["    types {", *kinds, "    }", *headers, f"    {lookup}"]
    trees = "|".join(tree.removeprefix("/").replace(".", r"\.") for tree in JSON_TREES)
    of_programs = rf"^{_escaped(prefix)}/(?:(?:{trees})(?:/|$)|.*\.(?:json|svg|ics|atom|csv)$)"
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
    no_queries = [
        "    # A file cannot answer the question in a query: no answer is better than another's.",
        "    if ($args) {",
        "        return 404;",
        "    }",
    ]
    for name, content_type in types.by_name.items():
        lines += [f'location ~ "^{_escaped(prefix)}/(?:.*/)?{_escaped(name)}$" {{', *no_queries]
        lines += ["    types { }", f'    default_type "{content_type}";']
        lines += [*headers, "    try_files $uri =404;", "}"]
    lines += [f"location ^~ {prefix}{STYLES}/ {{", *body[:-1]]
    lines += [f'    add_header Cache-Control "{IMMUTABLE}";', "    try_files $uri =404;", "}"]
    lines += [f"location {prefix or ''}/ {{", *body, "}"]
    lines += [f'location ~ "{of_programs}" {{', *no_queries]
    lines += [*body, "}"]
    return "\n".join(lines) + "\n"


def _headers(*, shared: bool) -> tuple[tuple[str, str], ...]:
    return HEADERS + (SHARED if shared else ())


def _escaped(prefix: str) -> str:
    return "".join(rf"\{letter}" if letter in ".+*?()[]^$|" else letter for letter in prefix)
