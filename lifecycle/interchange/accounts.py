"""A vendor's customer list, as CSV or JSON (or YAML): who the customers are and what they run.

A CSV has a header with the column ``account``, and any of these beside it:

``account``    the customer's short name: lower-case letters, digits, dots, dashes, underscores
``name``       the customer's name as people write it
``tier``       its tier of support; a new customer needs one
``addresses``  where it wants its notices, separated by spaces: ``email:ops@acme.example``,
               ``webhook:https://acme.example/hook``, ``chat:…``, or a bare e-mail address
``instances``  what it runs, separated by spaces: ``production=clairdash@3.35.2``

Or one instance a row, and so several rows an account, of which only one need say name, tier and
addresses: ``instance`` (its name), ``product``, ``version``, ``environment``, ``instance_tier``
(its own licence), ``features`` (separated by spaces), ``last_seen``.

A column that is missing leaves what is known as it is; an empty cell clears it. Addresses and
instances are things of their own, which customers change as well: they are added or changed, and
an empty cell removes none. Other columns are not read, which is noted.

In JSON an account is a mapping with these names, where ``addresses`` is a list of such texts or of
``{channel, address, topics}``, and ``instances`` a mapping of names to ``{product, version,
environment, tier, features, last_seen}``, or a list of such with ``name``. ``null`` stands for an
empty cell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.accounts import names
from lifecycle.accounts.account_inputs import (
    AccountPatch,
    AddressIn,
    ImportedAccount,
    InstancePatch,
)
from lifecycle.documents import UnreadableDocument
from lifecycle.errors import Problem
from lifecycle.interchange.account_cells import (
    INSTANCE_COLUMNS,
    read_addresses,
    read_instances,
)
from lifecycle.interchange.tables import Row, Table, describe_empty, note_unread, read_table

if TYPE_CHECKING:
    from lifecycle.interchange.row_problems import Problems

COLUMNS: Final = (
    *("account", "name", "tier", "addresses", "instances", "instance", "instance_tier"),
    *("product", "version", "environment", "features", "last_seen"),
)
_KNOWN: Final = frozenset(COLUMNS) | {"slug"}
_PLACE: Final = re.compile(
    r"accounts\[(?P<account>[^]]*)\](?:\.(?P<instance>instances\[[^]]*\]))?(?:\.(?P<field>.*))?"
)
_ENTRY: Final = re.compile(r"\[\d+\]$")
"""Which of several things in a cell is meant."""


class _Cell(msgspec.Struct, frozen=True):
    """Where a table says something: on a ``line``, in a row of its own if it is an instance's."""

    line: int
    is_row: bool = False


class AccountList(msgspec.Struct):
    """What a list says: its accounts, in its order.

    ``problems`` name what was left out for a mistake, ``notes`` what is not read. ``places`` say
    where a table has an account, and below it the fields and instances that other rows may hold.
    """

    accounts: list[ImportedAccount]
    problems: list[Problem] = []
    notes: list[str] = []
    places: dict[str, dict[str, _Cell]] = {}

    def on_line(self, problem: Problem) -> Problem:
        """Return a problem of one of the accounts, found later, at its line and column."""
        match = _PLACE.fullmatch(problem.field)
        cells = self.places.get(match["account"]) if match else None
        if not (match and cells):
            return problem
        instance, field = match["instance"], match["field"] or "account"
        cell = cells.get(instance or field, cells[""])
        if cell.is_row:
            field = INSTANCE_COLUMNS.get(field, field)
        elif instance:
            field = f"{instance}.{field}"
        return problem.at(f"line {cell.line}, {_ENTRY.sub('', field)}")


class _Customer(msgspec.Struct):
    """What the rows of one account have said so far."""

    first: Row
    cells: dict[str, _Cell] = {}
    texts: dict[str, str] = {}
    empty: set[str] = set()
    addresses: dict[AddressIn, None] = {}
    instances: dict[str, InstancePatch] = {}

    def place(self, name: str, row: Row, *, is_row: bool = False) -> None:
        """Note where a table says something first."""
        if row.line is not None:
            self.cells.setdefault(name, _Cell(row.line, is_row))


def parse_accounts(text: str | bytes, *, file: str) -> AccountList:
    """Read the accounts in the order given; a broken address or instance costs only itself.

    Rows that contradict each other become problems.
    """
    table = read_table(text, file=file, wrapper="accounts")
    rows = _rows(table, file)
    customers: dict[str, _Customer] = {}
    for row in rows:
        slug = row.values.get("account")
        if not isinstance(slug, str) or not slug:
            table.problems.add((*row.path, "account"), "is missing", line=row.line)
            continue
        _add(customers.setdefault(slug, _Customer(row)), row, table.problems)
    accounts = (_account(slug, row, table.problems) for slug, row in customers.items())
    read = AccountList([account for account in accounts if account is not None])
    read.problems = table.problems.found
    read.places = {slug: customer.cells for slug, customer in customers.items()}
    if not (rows or read.problems):
        read.notes.append(describe_empty(file))
    # Customer lists have columns of all kinds, so only what looks much like one is suggested.
    read.notes += note_unread(table, rows, _KNOWN, file, likeness=0.7)
    return read


def _rows(table: Table, file: str) -> list[Row]:
    if table.value is not None:
        raise UnreadableDocument(f"{file}: give a list of accounts, each a mapping.")
    if table.columns:
        if "account" not in table.columns:
            raise UnreadableDocument(
                f"{file}: the header lacks account; the columns are {', '.join(COLUMNS)}."
            )
        return table.rows
    for row in table.rows:
        if "slug" in row.values:
            row.values.setdefault("account", row.values["slug"])
    return table.rows


def _add(customer: _Customer, row: Row, problems: Problems) -> None:
    customer.place("", row)
    for name in ("name", "tier"):
        value = row.values.get(name)
        if value in (None, ""):
            customer.empty |= {name} & row.values.keys()
            continue
        customer.place(name, row)
        before = customer.texts.setdefault(name, value)
        if value != before:
            message = f"contradicts {before!r} in an earlier row, which is kept"
            problems.add((*row.path, name), message, value=value, line=row.line)
    customer.addresses |= dict.fromkeys(read_addresses(row, problems))
    in_columns = row.values.get("instance") or row.values.get("product")
    for name, instance in read_instances(row, problems):
        customer.place(f"instances[{name}]", row, is_row=name == in_columns)
        if customer.instances.setdefault(name, instance) != instance:
            message = (
                f"instance {name!r} is given twice with different facts; the earlier row is kept. "
                "Correct the rows, or give each instance its own name"
            )
            problems.add((*row.path, "instance"), message, value=name, line=row.line)


def _account(slug: str, customer: _Customer, problems: Problems) -> ImportedAccount | None:
    row = customer.first
    cleared = {"name": ""} if "name" in customer.empty else {}
    values: dict[str, Any] = {"slug": slug, **cleared, **customer.texts}
    if "tier" in customer.empty - values.keys():
        message = "must not be empty; leave the column out to keep the tiers that are known"
        problems.add((*row.path, "tier"), message, line=row.line)
        return None
    wrong = problems.add_all(names.slug_problems("account", slug), row.path, line=row.line)
    account = None if wrong else problems.read(AccountPatch, values, row.path, line=row.line)
    if account is None:
        return None
    return ImportedAccount(
        account=account, addresses=tuple(customer.addresses), instances=customer.instances
    )
