"""How long a file without a row is left alone: an upload is stored before its row is committed."""

import time

from django.utils.timezone import is_naive, make_aware

from mediastore.backends.located import Stored

SECONDS = 60  # from the upload to the commit of its row


def modified(found: Stored) -> float:
    """When `found` was stored, in seconds since 1970. A storage without time zones gives the time of `TIME_ZONE`."""
    when = found.modified
    return (make_aware(when) if is_naive(when) else when).timestamp()


def is_over(found: Stored) -> bool:
    """Whether the row of `found` is committed by now, if there is to be one."""
    return time.time() - modified(found) >= SECONDS


def wait(found: Stored) -> None:
    """Return when it is over."""
    time.sleep(max(0, SECONDS - (time.time() - modified(found))))
