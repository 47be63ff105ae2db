"""The form by which people report an instance: filled from what is stored, and read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.accounts.account_inputs import InstanceIn
from lifecycle.documents.request_bodies import fit_value
from lifecycle.documents.suggestions import suggest
from lifecycle.errors import BadRequest, Problem
from lifecycle.web.page_forms import Form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from lifecycle.accounts.models import Account, Instance
    from lifecycle.server.instance_changes import Reported

UNKNOWN_ALLOWED = "unknown_features"
"""The checkbox that stores feature keys although the product has no such features."""


def fill_form(instance: Instance) -> Form:
    """Return the form that changes an instance; ``was`` says that it held all there was."""
    return Form.filled(
        was=instance.name,
        name=instance.name,
        product=instance.product,
        version=instance.version,
        environment=instance.environment,
        features=" ".join(instance.features or ()),
    )


def read_form(form: Form, account: Account, *, now: datetime) -> tuple[str, InstanceIn]:
    """Return an instance's name and what is reported of it, seen now.

    What is left empty stays as it is stored, unless the form was filled with it before.
    """
    name = form.text("name")
    stored = next((row for row in account.instances if row.name == name), None)
    features = form.text("features").replace(",", " ").split() or None
    facts = {
        "product": form.text("product"),
        "version": form.text("version"),
        "environment": form.optional("environment"),
        "features": features,
        "last_seen": now,
    }
    if stored is not None:
        facts["tier"] = stored.tier
        if form.value("was") != name:
            facts["environment"] = facts["environment"] or stored.environment
        is_same = stored.product == facts["product"]
        if features is None and is_same and (form.value("was") != name or not stored.features):
            facts["features"] = stored.features
    instance: InstanceIn = fit_value(facts, InstanceIn)
    return name, instance


def check_features(form: Form, reported: Reported, offered: Mapping[str, Sequence[str]]) -> None:
    """Refuse feature keys that the product does not have, until the form confirms them."""
    if not reported.unknown_features or form.is_checked(UNKNOWN_ALLOWED):
        return
    product = reported.instance.product
    public = offered.get(product, ())
    problems = [
        Problem("features", f"{key!r} is not a feature of {product}{suggest(key, public)}")
        for key in reported.unknown_features
    ]
    raise BadRequest(f"{product} has no such features.", problems=problems)
