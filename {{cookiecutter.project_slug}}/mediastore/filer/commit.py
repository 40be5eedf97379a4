"""What is done when a transaction is committed, and not before."""

import logging

from django.db import transaction

logger = logging.getLogger(__name__)


def on_commit(act, what, using=None):
    """Call `act` when the transaction is committed; at once, and with its errors, where there is none.

    After a commit errors are logged: raised, they would keep the changes of other rows from being made.
    """
    if not transaction.get_connection(using).in_atomic_block:
        act()
        return

    def acting():
        try:
            act()
        except Exception:
            logger.exception("Files could not follow their rows (%s); see `manage.py media audit`.", what)

    if waiting := getattr(act, "publication", None):  # it waits as long as this may be called
        waiting.hooked = True
        waiting.hooks.add(acting)
    transaction.on_commit(acting, using=using)
