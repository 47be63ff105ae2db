"""The sheet of a draft: its form, and beside it what announcing it as it stands would do."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations import announcement_previews
from lifecycle.deprecations.announcement_previews import Supposition
from lifecycle.deprecations.audience.previews import Listing
from lifecycle.deprecations.models import Deprecation
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.deprecations.notices.wording import KINDS
from lifecycle.deprecations.queries import content_document
from lifecycle.deprecations.states import State
from lifecycle.errors import LifecycleError
from lifecycle.web.console import draft_parts
from lifecycle.web.console.deprecation_words import MILESTONE_NAMES, count_accounts, name_fields
from lifecycle.web.console.draft_forms import Choices, feature_in, links_of
from lifecycle.web.console.mail_frames import framing_headers
from lifecycle.web.console.outlook_views import OutlookView, view_outlook
from lifecycle.web.console.own_deprecations import get_own
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from litestar import Request
    from litestar.response import Response

    from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    from lifecycle.server.dependencies import Moment
    from lifecycle.web.console.own_deprecations import OwnDeprecation, View
    from lifecycle.web.page_forms import Form


async def choices_of(moment: Moment, product: str, own: OwnDeprecation | None = None) -> Choices:
    """Return what a draft may choose from: what the catalogue has of a product.

    One that the caller may see and not touch is refused, as on other pages of a product.
    """
    snapshot = await moment.snapshot(product)
    moment.check_limit(product)
    return Choices.of(snapshot, snapshot.today(moment.now), own.content if own else None)


async def show_sheet(
    view: View,
    form: Form,
    choices: Choices,
    own: OwnDeprecation | None = None,
    *,
    typed: DeprecationIn | None = None,
    outcome: str = "",
) -> Response[str]:
    """Show the form as it is filled, and what announcing ``typed`` would do."""
    refused, outlook = None, None
    if typed is not None:
        try:
            outlook = await outlook_of(view, own, typed)
        except LifecycleError as error:
            refused = error.detail
    drafted = form.members.get("draft")
    return show(
        view.request,
        "console/draft.html",
        status=form.status,
        headers=framing_headers(),
        title=own.title if own else f"New deprecation of {choices.product_name}",
        outcome=outcome,
        form=form,
        own=own,
        choices=choices,
        drafted=await get_own(view.session, view.moment, drafted) if drafted else None,
        feature=feature_in(form),
        kinds=[(kind.value, label) for kind, label in KINDS.items()],
        link_rows=links_of(form),
        outlook=outlook,
        refused=refused,
        count_accounts=count_accounts,
        field_names=name_fields(choices.tiers),
        milestone_names=MILESTONE_NAMES,
    )


async def outlook_of(view: View, own: OwnDeprecation | None, content: DeprecationIn) -> OutlookView:
    """Return what announcing a text would do, whether it is stored or not."""
    row = own.row if own else await _unsaved(view, content)
    outlook = await announcement_previews.look_ahead(
        view.session,
        row,
        now=view.moment.now,
        base=base_url(view.moment.app_state.settings),
        supposed=Supposition(content=content),
        listing=Listing(limit=1),
    )
    return view_outlook(outlook)


def show_conflict(
    request: Request[Any, Any, Any],
    form: Form,
    own: OwnDeprecation,
    mine: DeprecationIn,
) -> Response[str]:
    """Show both texts side by side, where another one was saved meanwhile."""
    chosen = {part: form.value(f"keep-{part}") for part in draft_parts.PARTS}
    return show(
        request,
        "console/draft_conflict.html",
        status=form.status,
        title=f"Two texts of one draft: {own.title}",
        form=form,
        own=own,
        field_names={f"keep-{key}": part.label for key, part in draft_parts.PARTS.items()},
        differences=draft_parts.differences(mine, own.content, form.value("was"), chosen),
    )


async def _unsaved(view: View, content: DeprecationIn) -> Deprecation:
    """Return a draft that is stored nowhere."""
    moment = view.moment
    product = await get_product(view.session, content.product, visibility=moment.visibility)
    return Deprecation(
        uid=str(uuid.UUID(int=0)),
        product_id=product.id,
        state=State.DRAFT,
        kind=content.kind.value,
        content=content_document(content),
        days={},
        number=0,
        revision=0,
        created_at=moment.now,
        created_by="",
    )
