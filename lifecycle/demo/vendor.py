"""The demo vendor: what Clairdash sells, promises and to whom, relative to a given day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.accounts.account_inputs import ImportedAccount
from lifecycle.catalogue.catalogue_inputs import ImportedProduct
from lifecycle.demo import dashboard, demo_accounts, plans, runtime
from lifecycle.demo.plans import Step

if TYPE_CHECKING:
    from datetime import date


class DemoProduct(msgspec.Struct, frozen=True):
    """One product of the vendor and the policy it is supported under, as YAML."""

    imported: ImportedProduct
    policy: str


class DemoVendor(msgspec.Struct, frozen=True):
    """All that a store is filled with."""

    products: tuple[DemoProduct, ...]
    accounts: tuple[ImportedAccount, ...]
    steps: tuple[Step, ...]


def vendor(today: date) -> DemoVendor:
    """Return the vendor as it stands on a day: always the same for the same day.

    >>> from datetime import date
    >>> [product.imported.product.slug for product in vendor(date(2026, 11, 22)).products]
    ['clairdash', 'clairdash-runtime']
    """
    return DemoVendor(
        products=(
            DemoProduct(dashboard.product(today), dashboard.policy()),
            DemoProduct(runtime.product(today), runtime.policy(today)),
        ),
        accounts=demo_accounts.accounts(today),
        steps=plans.steps(today),
    )
