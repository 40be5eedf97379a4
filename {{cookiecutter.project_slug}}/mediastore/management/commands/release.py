"""`manage.py release`: what a release needs before its instances serve. Several instances may run it at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from mediastore.operations import setup
from mediastore.operations.steps import Step

LOCK = 7_201_948_350_664_117  # any number; an advisory lock of PostgreSQL belongs to one database


class Command(BaseCommand):
    """Migrations, then buckets, one instance after the other."""

    help = (
        "Migrates the database and sets media storage up. Instances that run it at once wait for each other. Exit status "
        "1 where a migration fails or a bucket cannot be used."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with self._alone():
            call_command("migrate", interactive=False, verbosity=options["verbosity"])
            unusable = [step for step in self._set_up() if step.what.startswith("bucket ")]
        if unusable:
            raise CommandError(
                f"{unusable[0].what} cannot be used, so uploads would fail. The database is migrated. "
                "`manage.py media setup` tries the storage again."
            )

    def _set_up(self) -> Iterator[Step]:
        """Tell each step; give those that cannot be done. A platform's key may well set no policy and no CORS."""
        for step in setup.run(settings.CSRF_TRUSTED_ORIGINS):
            style = self.style.WARNING if step.outcome == "cannot" else self.style.SUCCESS
            self.stdout.write(f"{style(step.outcome):>6}  {step.what}{': ' + step.note if step.note else ''}")
            if step.outcome == "cannot":
                yield step

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold a lock of PostgreSQL's. A process that dies loses its session, and the lock with it.

        SQLite has none. It is for one instance.
        """
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                self.stdout.write("Another instance is at it; waiting until it is done.")
                cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
