"""Applications in a test's own process: what runs beside their handlers lets them go first.

Six jobs look at the store as an application starts, which is most of the work of starting one, and
of most tests that need one. Here each begins with its pause. In servers that are processes of their
own, which all tests of these jobs ask, nothing is different.
"""

import asyncio
import contextlib

from lifecycle.scheduler import vitals
from lifecycle.server import standing_jobs

repeat, _keep_measuring = standing_jobs.repeat, vitals.Vitals.keep_measuring


def begin_later():
    """Have the jobs of applications that start from now on begin with a pause."""
    standing_jobs.repeat = _repeat_later
    vitals.Vitals.keep_measuring = _keep_measuring_later


async def _repeat_later(seconds, during, work, ending):
    if not await _ends_within(seconds, ending):
        await repeat(seconds, during, work, ending)


async def _keep_measuring_later(self, ending):
    if not await _ends_within(vitals.AT_FIRST, ending):
        await _keep_measuring(self, ending)


async def _ends_within(seconds, ending):
    with contextlib.suppress(TimeoutError):
        return await asyncio.wait_for(ending.wait(), seconds)
    return False
