"""What the entries of a customer list say of addresses and instances, as text or as mappings."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.accounts import names
from lifecycle.accounts.account_inputs import AddressIn, InstancePatch
from lifecycle.calendar.days import NoSuchDay, parse_day
from lifecycle.documents.mismatches import find_mismatches
from notifications.channels import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.documents import Path
    from lifecycle.interchange.row_problems import Problems
    from lifecycle.interchange.tables import Row

_SPACES: Final = re.compile(r"[\s;]+")
_COMMAS: Final = re.compile(r"[\s;,]+")
_AFTER_SCHEME: Final = re.compile(r"://.*", re.DOTALL)
_INSTANCE: Final = re.compile(r"(?:(?P<name>[^\s=@]+)=)?(?P<product>[^\s=@]+)@(?P<version>\S+)")
_PREFIXES: Final = {
    prefix: channel.name
    for channel in CHANNELS.values()
    for prefix in (channel.name, *channel.prefixes)
}
_ADDRESS_FORM: Final = (
    ", ".join(f"{channel.name}:{channel.example}" for channel in CHANNELS.values())
    + ", or a bare e-mail address"
)
_INSTANCE_FORM: Final = "name=product@version"
_FIELDS: Final = InstancePatch.__struct_fields__
_REQUIRED: Final = ("product", "version")
INSTANCE_COLUMNS: Final = {"name": "instance"} | {
    field: "instance_tier" if field == "tier" else field for field in _FIELDS
}


def read_addresses(row: Row, problems: Problems) -> list[AddressIn]:
    """Return the addresses of an entry; those that cannot be used become problems.

    >>> from lifecycle.interchange.row_problems import Problems
    >>> from lifecycle.interchange.tables import Row
    >>> row = Row({"addresses": "ops@acme.example webhook:https://acme.example/hook"})
    >>> [(each.channel, each.address) for each in read_addresses(row, Problems("x.csv"))]
    [('email', 'ops@acme.example'), ('webhook', 'https://acme.example/hook')]
    """
    words = row.values.get("addresses") or []
    entries = list(filter(None, _SPACES.split(words))) if isinstance(words, str) else words
    addresses = []
    for place, entry in enumerate(entries if isinstance(entries, list) else [entries]):
        path = (*row.path, "addresses", *(() if isinstance(words, str) else (place,)))
        values = _address(entry.strip(",")) if isinstance(entry, str) else entry
        if not isinstance(values, dict):
            problems.add(path, f"must be {_ADDRESS_FORM}", value=_hidden(entry), line=row.line)
        elif (address := _read_address(values, path, problems, line=row.line)) is not None:
            addresses.append(address)
    return addresses


def _read_address(
    values: dict[str, Any], path: Path, problems: Problems, *, line: int | None
) -> AddressIn | None:
    try:
        return msgspec.convert(values, AddressIn)
    except msgspec.ValidationError:
        for mismatch in find_mismatches(values, AddressIn):
            value = _hidden(mismatch.value)
            problems.add((*path, *mismatch.path), mismatch.message, value=value, line=line)
    return None


def _hidden(value: Any) -> Any:
    """Return what an address says without what may be a secret in it.

    >>> _hidden("slack://token/token")
    'slack://…'
    """
    return None if value is None else _AFTER_SCHEME.sub("://…", str(value))


def read_instances(row: Row, problems: Problems) -> Iterator[tuple[str, InstancePatch]]:
    """Yield the instances of an entry by their names; one without a name goes by its product.

    What an entry has no cell for stays as it is, and an empty cell clears it.
    """
    line = row.line
    for path, values in _instances(row):
        if not isinstance(values, dict):
            problems.add(path, f"must be {_INSTANCE_FORM}", value=values, line=line)
            continue
        name = values.pop("name", None) or values.get("product")
        if not isinstance(name, str):
            problems.add(path, "has no product; say what runs there", line=line)
        elif not _lacks_required(values, path, problems, line=line) and (
            (instance := problems.read(InstancePatch, _typed(values), path, line=line))
            and not problems.add_all(names.slug_problems("name", name), path, line=line)
        ):
            yield name, instance


def _lacks_required(
    values: dict[str, Any], path: Path, problems: Problems, *, line: int | None
) -> bool:
    empty = [field for field in _REQUIRED if field in values and values[field] in (None, "")]
    for field in empty:
        problems.add((*path, field), "must not be empty; leave it out to keep it", line=line)
    return bool(empty)


def _instances(row: Row) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    words = row.values.get("instances") or []
    path = (*row.path, "instances")
    if isinstance(words, str):
        for word in filter(None, _COMMAS.split(words)):
            match = _INSTANCE.fullmatch(word)
            yield path, _named(match) if match else word
    elif isinstance(words, dict):
        for name, values in words.items():
            named = {**values, "name": name} if isinstance(values, dict) else values
            yield (*path, name), named
    else:
        for place, values in enumerate(words if isinstance(words, list) else [words]):
            match = _INSTANCE.fullmatch(values) if isinstance(values, str) else None
            yield (*path, place), _named(match) if match else _copied(values)
    columns = {
        field: row.values[column]
        for field, column in INSTANCE_COLUMNS.items()
        if column in row.values
    }
    if any(value is not None for value in columns.values()):
        yield row.path, columns


def _named(instance: re.Match[str]) -> dict[str, Any]:
    return {field: text for field, text in instance.groupdict().items() if text is not None}


def _copied(values: Any) -> Any:
    return dict(values) if isinstance(values, dict) else values


def _address(word: str) -> dict[str, str] | None:
    prefix, _, address = word.partition(":")
    if prefix.lower() in _PREFIXES and address:
        return {"channel": _PREFIXES[prefix.lower()], "address": address}
    for channel in CHANNELS.values():
        if channel.is_address(word):
            return {"channel": channel.name, "address": word}
    return None


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    """Split features given as one text, take a day as its first instant, and no text as none."""
    typed = {name: None if value == "" else value for name, value in values.items()}
    if isinstance(features := typed.get("features"), str):
        typed["features"] = list(filter(None, _COMMAS.split(features)))
    if isinstance(last_seen := typed.get("last_seen"), str) and _is_day(last_seen):
        typed["last_seen"] = f"{last_seen}T00:00:00Z"
    elif isinstance(last_seen, date) and not isinstance(last_seen, datetime):
        typed["last_seen"] = datetime.combine(last_seen, time(), tzinfo=UTC)
    return typed


def _is_day(text: str) -> bool:
    try:
        parse_day(text)
    except NoSuchDay:
        return False
    return True
