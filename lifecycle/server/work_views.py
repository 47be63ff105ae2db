"""What of the work list a request sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.scheduler.channel_setup import sends_no_mail
from lifecycle.scheduler.work_kinds import WorkView

if TYPE_CHECKING:
    from lifecycle.server.dependencies import Moment


def work_view(moment: Moment) -> WorkView:
    """Return the view of who asks: as of now, of its products, and under our settings."""
    no_mail = sends_no_mail(moment.app_state.settings)
    return WorkView(moment.now, moment.products, sends_no_mail=no_mail)
