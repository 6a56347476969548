"""Service time: how many agreed hours lie between two instants, pauses taken out.

``open_days`` reads agreed hours into open intervals, ``clock`` reads instants off them, ``elapsed`` subtracts,
``pauses`` reads what a source tells of pauses.
"""

from itss.calendars.clock import ServiceClock, Versions
from itss.calendars.elapsed import elapsed_hours
from itss.calendars.open_days import is_published, open_intervals
from itss.calendars.pauses import read_pauses

__all__ = ["ServiceClock", "Versions", "elapsed_hours", "is_published", "open_intervals", "read_pauses"]
