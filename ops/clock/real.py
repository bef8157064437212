"""The real clock: publishes each day of Asia/Seoul when it begins, and those that were missed.

A twin does no harm: both publish the same ids. A stack whose calendar was simulated stays so.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

from ops.clock.calendar import Calendar, ClockError

# Korea has had no daylight saving time since 1988, and a slim image has no time zone database.
SEOUL = timezone(timedelta(hours=9), "Asia/Seoul")
SLEEP_SECONDS_MAX = 60.0  # a machine that slept or whose clock was set right is noticed by then


async def run(calendar: Calendar, say: Callable[[str], None] = print) -> None:
    """Until it is cancelled."""
    while True:
        now = datetime.now(SEOUL)
        for day in missed_days(calendar.last, now.date()):
            await calendar.publish(day)
            say(f"{day} began")
        await asyncio.sleep(seconds_to_sleep(now))


def missed_days(last: date | None, today: date) -> list[date]:
    """The days to publish now, in order. An empty calendar begins today."""
    if last is None:
        return [today]
    if last > today:
        raise ClockError(f"the calendar is at {last} already: this stack has a simulated clock")
    return [last + timedelta(days=n) for n in range(1, (today - last).days + 1)]


def seconds_to_sleep(now: datetime) -> float:
    """Until midnight in Seoul, or until it is time to look at the wall clock again."""
    local = now.astimezone(SEOUL)
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), SEOUL)
    left = (midnight.astimezone(UTC) - now.astimezone(UTC)).total_seconds()
    return min(left, SLEEP_SECONDS_MAX)
