"""`manage.py filer_check`, in place of filer's own command, with its options and its output.

On these storages filer's command fails: it builds them without their options, and asks S3 whether a folder exists. It would
also delete too much: uploads whose row is not committed yet, files that rows of other models name, and rows whose file moves
while it looks. Django takes a command from the first of INSTALLED_APPS that has it.
"""

from typing import Any

from botocore.exceptions import BotoCoreError
from django.core.management.base import CommandError
from django.db import OperationalError
from django.db.models import Q
from easy_thumbnails.utils import is_transparent
from filer import settings as filer_settings
from filer.management.commands import filer_check
from filer.models import File
from filer.utils import svg
from filer.utils.loader import load_model

from mediastore.filer import orphans
from mediastore.pictures import limits


class Command(filer_check.Command):
    """Finds files without a row, rows without a file, and pictures without dimensions, in any storage."""

    help = (
        f"{filer_check.Command.help} An upload may be stored before its row is committed. So --orphans and --delete-orphans "
        "leave out the files of the last minute. On PostgreSQL they also leave out all files that were stored later than a "
        "minute before the oldest open transaction began. On MySQL and Oracle, run --delete-orphans when no import is at work."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except (OSError, BotoCoreError, OperationalError) as error:
            raise CommandError(f"The check could not be finished, and nothing was lost: {error}") from error

    def verify_references(self, options: dict[str, Any]) -> None:
        """List the rows whose file is missing, or delete them."""
        for pk in File.objects.order_by("pk").values_list("pk", flat=True):
            file = File.objects.filter(pk=pk).first()
            if not self._is_missing(file) or not self._is_missing(file := File.objects.filter(pk=pk).first()):
                continue  # look twice: the file may have moved in between
            label = f"{file.folder}/{file}"
            if options["delete_missing"]:
                file.delete()
                self._tell(options, label, f"Deleted missing file reference '{label}' from the database.")
            else:
                self._tell(options, label, f"File reference '{label}' is missing in storage.")

    def _is_missing(self, file: File | None) -> bool:
        return bool(file and file.file and not file.file.exists())

    def verify_storages(self, options: dict[str, Any]) -> None:
        """List the files that no row names, or delete them."""
        for public in (True, False):
            for location in orphans.orphans(public):
                label = f"{location.visibility}/{location.rest}"
                if not options["delete_orphans"]:
                    self._tell(options, label, f"Found orphaned file '{label}'")
                elif orphans.delete(location):
                    self._tell(options, label, f"Deleted orphaned file '{label}'")

    def image_dimensions(self, options: dict[str, Any]) -> None:
        """Read and save the dimensions of pictures that have none."""
        images = load_model(filer_settings.FILER_IMAGE_MODEL).objects.filter(Q(_width=0) | Q(_width=None))
        self.stdout.write(f"Setting dimensions for {images.count()} images")
        for image in images.exclude(Q(file="") | Q(file=None)):
            try:
                with image.file.open() as file:
                    self._measure(image, file)
            except (FileNotFoundError, ValueError, limits.RefusedPictureError):
                continue
            image.save(update_fields=["_width", "_height", "_transparent"])

    def _measure(self, image: File, file: Any) -> None:
        if image.file.name.lower().endswith(".svg"):
            image._width, image._height = svg.get_dimensions(file)
            return
        with limits.opened(file) as picture:
            (image._width, image._height), image._transparent = picture.size, is_transparent(picture)

    def _tell(self, options: dict[str, Any], label: str, message: str) -> None:
        if options["verbosity"]:
            self.stdout.write(message if options["verbosity"] > 2 else label)
