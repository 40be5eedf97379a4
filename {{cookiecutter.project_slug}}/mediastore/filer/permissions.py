"""Who may read private files in a project with filer: the staff. filer's files may be read by whom filer allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from filer.models import File

from mediastore import folders, permissions, windows_names
from mediastore.filer.conf import PRIVATE_PREFIX
from mediastore.filer.locations import PREFIXES, Location
from mediastore.filer.rows import naming

if TYPE_CHECKING:
    from django.http import HttpRequest


def staff_or_filer(request: HttpRequest, alias: str, name: str) -> bool:
    """Whether the visitor may read the private file `name`. For `PRIVATE_MEDIA_PERMISSION`.

    filer's rules hold for its files and their thumbnails, also for the staff. Other files are for active staff.
    Until a file that becomes public has moved, it is private. After that, its private URL leads to the public one.

    Args:
        alias: of the storage, "private" or "private_thumbnails".

    Raises:
        MovedError: the file is public now.
    """
    is_thumbnail = alias == "private_thumbnails"
    names = {*folders.sources(name), folders.source(name)} - {None} if is_thumbnail else {name}
    found = [file for file in File.objects.filter(file__in=names) if not file.file.location.is_public]
    if found or any(windows_names.is_below(source, PRIVATE_PREFIX) for source in {name, *names}):
        if not (found or is_thumbnail):
            _redirect_if_published(name)
        return bool(found) and all(file.has_read_permission(request) for file in found)
    return permissions.staff(request, alias, name)


def _redirect_if_published(name: str) -> None:
    """Raise `MovedError` with the public URL of the file that was private under `name`, if there is one."""
    if name.startswith(PREFIXES[False]):
        location = Location(False, name).on(True)
        if location.is_permanent and naming(location).filter(is_public=True).exists():
            raise permissions.MovedError(location.storage.url(location.name))
