"""`manage.py filer_check`, in place of filer's own command, with the same options and output.

filer's own fails with these storages: it builds them anew, without their options, and asks S3 whether a folder exists. It
also deletes too much: uploads whose row is not committed yet, files that rows of other models name, and rows whose file
is moved at this moment.

Django takes a command from the first of INSTALLED_APPS that has one of this name.
"""

from typing import Any

from botocore.exceptions import BotoCoreError
from django.core.management.base import CommandError
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
    """Checks for files without a row, rows without a file, and pictures without dimensions, in any storage."""

    help = f"{filer_check.Command.help} Files of the last minute are left out: their rows may not be committed yet."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except (OSError, BotoCoreError) as error:
            raise CommandError(f"The check could not be finished, and nothing was lost: {error}") from error

    def verify_references(self, options: dict[str, Any]) -> None:
        """List the rows whose file is missing, or delete them."""
        for pk in File.objects.order_by("pk").values_list("pk", flat=True):
            # looked up twice: the file may have been moved between the query and the request to S3
            if not (self._find_missing(pk) and (file := self._find_missing(pk))):
                continue
            label = f"{file.folder}/{file}"
            if options["delete_missing"]:
                file.delete()
                self._print(options, label, f"Deleted missing file reference '{label}' from the database.")
            else:
                self._print(options, label, f"File reference '{label}' is missing in storage.")

    def _find_missing(self, pk: int) -> Any:
        """The row with this primary key, if it names a file that is missing; else None."""
        file = File.objects.filter(pk=pk).first()
        return file if file and file.file and not file.file.exists() else None

    def verify_storages(self, options: dict[str, Any]) -> None:
        """List the files that no row names, or delete them."""
        for public in (True, False):
            for place in orphans.orphans(public):
                label = f"{'public' if public else 'private'}/{place.rest}"
                if not options["delete_orphans"]:
                    self._print(options, label, f"Found orphaned file '{label}'")
                elif orphans.delete(place):
                    self._print(options, label, f"Deleted orphaned file '{label}'")

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

    def _measure(self, image: Any, file: Any) -> None:
        """Set the dimensions of the row `image` to those of the picture in `file`."""
        if image.file.name.lower().endswith(".svg"):
            image._width, image._height = svg.get_dimensions(file)
            return
        with limits.opened(file) as picture:
            (image._width, image._height), image._transparent = picture.size, is_transparent(picture)

    def _print(self, options: dict[str, Any], label: str, message: str) -> None:
        if options["verbosity"]:
            self.stdout.write(message if options["verbosity"] > 2 else label)
