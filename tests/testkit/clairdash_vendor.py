"""A product with the Clairdash policy, a minor version every three weeks, and three customers."""

from datetime import UTC, date, datetime, timedelta

import pytest

from lifecycle.accounts.account_inputs import AccountIn, InstanceIn
from lifecycle.accounts.actions import put_account, put_instance
from lifecycle.accounts.queries import get_account
from lifecycle.accounts.vocabulary import Vocabulary
from lifecycle.audit.chain import By
from lifecycle.catalogue import features, policies
from lifecycle.catalogue.catalogue_inputs import FeatureIn, ReleaseIn, StageIn
from lifecycle.catalogue.queries import get_product
from lifecycle.policy.presets import preset
from testkit.registered_releases import register_releases

KNOWN = Vocabulary(frozenset({"clairdash"}), frozenset({"community", "pro", "enterprise"}))
FIRST = date(2026, 6, 1)


@pytest.fixture
async def product(store, make_product, by, today):
    """Versions 3.30 to 3.37, three weeks apart from 1 June 2026 on; all but the last lie back."""
    await make_product(slug="clairdash", scheme="semver", line_by="minor")
    async with store.writing() as session:
        owner = await get_product(session, "clairdash")
        policy = preset("clairdash")
        await policies.put(session, owner, policy, by=by, format="yaml")
        listed = [
            ReleaseIn(version=f"3.{30 + place}.0", released_on=FIRST + timedelta(weeks=3 * place))
            for place in range(8)
        ]
        listed = [each for each in listed if each.released_on <= today]
        await register_releases(session, owner, listed, by=by, today=today, listed=True)
        stages = (
            StageIn(stage="beta", from_version="3.30.0"),
            StageIn(stage="ga", from_version="3.32.0"),
        )
        await features.put(session, owner, "legacy-connector", FeatureIn(stages=stages), by=by)
        beta = (StageIn(stage="beta", from_version="3.31.0"),)
        await features.put(session, owner, "ai-builder", FeatureIn(stages=beta), by=by)
    return "clairdash"


@pytest.fixture
def make_account(store, today, by):
    """Store an account that runs a version; what is not said is usual."""

    async def make(slug, *, tier="enterprise", version=None, features=(), at=None, instance="main"):
        async with store.writing() as session:
            await put_account(
                session, AccountIn(slug=slug, tier=tier), by=by, today=today, vocabulary=KNOWN
            )
            if version:
                account = await get_account(session, slug, lock=True)
                facts = InstanceIn(product="clairdash", version=version, features=features)
                await put_instance(session, account, instance, facts, by=by, vocabulary=KNOWN)

    return make


@pytest.fixture
def system():
    """Give who acts, on a day at noon."""

    def acting(day, hour=12):
        return By("test", datetime(day.year, day.month, day.day, hour, tzinfo=UTC))

    return acting
