"""`manage.py thumbnail_cleanup`, in place of easy-thumbnails' own, with its options.

That one joins a storage's location twice, looks for every thumbnail in the public storage, and takes an error of S3 for
a missing source: it deletes the rows of all thumbnails, and live ones with them. Django takes a command from the first
of INSTALLED_APPS that has it.
"""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import storages
from django.core.management.base import CommandError
from django.utils import timezone
from easy_thumbnails.management.commands import thumbnail_cleanup
from easy_thumbnails.models import Source
from easy_thumbnails.utils import get_storage_hash

from mediastore.schemes import ROLES


class Command(thumbnail_cleanup.Command):
    """Deletes the thumbnails of files that are gone, each from its own storage."""

    def handle(self, *args, **options):
        try:
            self._clean_up(**options)
        except OSError as error:
            raise CommandError(f"It could not be finished, and nothing was lost: {error}") from error

    def _clean_up(self, dry_run=False, verbosity=1, last_n_days=0, cleanup_path=None, **options):
        hashes = {alias: get_storage_hash(storages[alias]) for alias in settings.STORAGES}
        # easy-thumbnails knows a storage by its class: where two have the same one, nobody can say which is meant
        known = [alias for alias in ROLES if list(hashes.values()).count(hashes[alias]) == 1]
        by_hash = {hashes[alias]: storages[alias] for alias in known}
        sources = Source.objects.order_by("pk")
        if last_n_days > 0:
            sources = sources.filter(modified__gte=timezone.now() - timedelta(days=last_n_days))
        if cleanup_path:
            sources = sources.filter(name__startswith=cleanup_path)
        looked_at = gone = deleted = 0
        for source in sources.iterator():
            storage = by_hash.get(source.storage_hash)
            if storage is None:
                self.stderr.write(f"{source.name}: skipped, its storage is none of {', '.join(known)}.")
                continue
            try:
                there = storage.exists(source.name)
            except SuspiciousFileOperation:
                self.stderr.write(f"{source.name!r}: skipped, it is no name of a file.")
                continue
            looked_at += 1
            if there:
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
