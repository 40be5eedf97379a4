"""The time for which a file without a row is left alone, since an upload is stored before its row is committed."""

import time

from django.utils.timezone import is_naive, make_aware

from mediastore.backends.located import Stored

SECONDS = 60  # from the upload to the commit of its row


def modified(found: Stored) -> float:
    """When `found` was stored, in seconds since 1970. A time without a zone is read as one of `TIME_ZONE`."""
    when = found.modified
    return (make_aware(when) if is_naive(when) else when).timestamp()


def is_over(found: Stored) -> bool:
    """Whether `found` is old enough: if an upload has stored it, its row is committed by now."""
    return time.time() - modified(found) >= SECONDS


def wait(found: Stored) -> None:
    """Wait until `found` is old enough."""
    time.sleep(max(0, SECONDS - (time.time() - modified(found))))
