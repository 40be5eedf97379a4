"""`manage.py thumbnail_cleanup`, in place of easy-thumbnails' own command, with the same options.

easy-thumbnails' own deletes the records of all thumbnails, and thumbnails that are in use: it joins a storage's location
twice, looks for every thumbnail in the public storage, and takes an error of S3 for a missing source.

Django takes a command from the first of INSTALLED_APPS that has one of this name.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import Storage, storages
from django.core.management.base import CommandError
from django.utils import timezone
from easy_thumbnails.management.commands import thumbnail_cleanup
from easy_thumbnails.models import Source
from easy_thumbnails.utils import get_storage_hash

from mediastore.schemes import ROLES


class Command(thumbnail_cleanup.Command):
    """Deletes the thumbnails of files that are gone, each from its own storage."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._clean_up(**options)
        except OSError as error:
            raise CommandError(f"The clean-up could not be finished, and nothing was lost: {error}") from error

    def _clean_up(
        self,
        dry_run: bool = False,
        verbosity: int = 1,
        last_n_days: int = 0,
        cleanup_path: str | None = None,
        **options: Any,
    ) -> None:
        sources = Source.objects.order_by("pk")
        if last_n_days > 0:
            sources = sources.filter(modified__gte=timezone.now() - timedelta(days=last_n_days))
        if cleanup_path:
            sources = sources.filter(name__startswith=cleanup_path)
        by_hash = _storages_by_hash()
        looked_at = gone = deleted = 0
        for source in sources.iterator():
            if (is_there := self._look(source, by_hash)) is None:
                continue
            looked_at += 1
            if is_there:
                continue
            gone += 1
            for thumbnail in source.thumbnails.all():
                if (own := by_hash.get(thumbnail.storage_hash)) is None or not own.exists(thumbnail.name):
                    continue
                deleted += 1
                if verbosity:
                    self.stdout.write(f"{'would delete' if dry_run else 'deleted'} {thumbnail.name}")
                if not dry_run:
                    own.delete(thumbnail.name)
            if not dry_run:
                source.delete()
        did = "would be" if dry_run else "were"
        self.stdout.write(f"{looked_at} sources, {gone} of them gone; {deleted} thumbnails {did} deleted.")

    def _look(self, source: Source, by_hash: dict[str, Storage]) -> bool | None:
        """Whether the file of `source` is in its storage. None, and a line that says why, if that cannot be asked."""
        storage = by_hash.get(source.storage_hash)
        if storage is None:
            self.stderr.write(f"{source.name}: skipped, its storage is none of {', '.join(ROLES)}.")
            return None
        try:
            return storage.exists(source.name)
        except SuspiciousFileOperation:
            self.stderr.write(f"{source.name!r}: skipped, it is no name of a file.")
            return None


def _storages_by_hash() -> dict[str, Storage]:
    """The storages of media, by the hash with which easy-thumbnails records them.

    easy-thumbnails knows a storage by its class. If two storages have the same one, nobody can say which is meant, so
    both are left out.
    """
    hashes = {alias: get_storage_hash(storages[alias]) for alias in settings.STORAGES}
    taken = list(hashes.values())
    return {hashes[alias]: storages[alias] for alias in ROLES if taken.count(hashes[alias]) == 1}
