"""What is done when a transaction is committed, and not before."""

import logging

from django.db import transaction

logger = logging.getLogger(__name__)


def on_commit(act, what, using=None):
    """Call `act` when the transaction is committed; at once, where there is none.

    The rows are committed by then, so errors are logged: raised, they would keep other files from following their rows.
    """

    def acting():
        try:
            act()
        except Exception:
            logger.exception("Files could not follow their rows (%s); run `manage.py media repair`.", what)

    transaction.on_commit(acting, using=using)
