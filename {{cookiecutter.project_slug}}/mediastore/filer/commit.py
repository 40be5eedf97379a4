"""Runs what has to wait until a transaction is committed."""

import logging
from collections.abc import Callable

from django.db import transaction

logger = logging.getLogger(__name__)


def on_commit(act: Callable[[], object], what: str, using: str | None = None) -> None:
    """Call `act` when the transaction is committed, or at once if there is none. `what` is for the log.

    An error is logged and not raised: the rows are committed by then, and the next file shall still follow its row.
    """

    def logged() -> None:
        try:
            act()
        except Exception:
            logger.exception("Files could not follow their rows (%s); run `manage.py media repair`.", what)

    transaction.on_commit(logged, using=using)
