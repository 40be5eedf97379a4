"""Who may read private files in a project with filer: the staff, and for filer's files whom filer allows."""

from filer.models import File

from mediastore import folders, permissions, windows_names
from mediastore.filer.conf import PRIVATE_PREFIX
from mediastore.filer.places import PREFIXES, Place


def staff_or_filer(request, alias: str, name: str) -> bool:
    """Filer's own rules for its files and their thumbnails, which also bind the staff; else active staff.

    A file that is on its way to the public storage is private until it is there. Then its private URL leads to the
    public one.

    Raises:
        MovedError: the file is public now.
    """
    thumbnail = alias == "private_thumbnails"
    names = {*folders.sources(name), folders.source(name)} - {None} if thumbnail else {name}
    found = [file for file in File.objects.filter(file__in=names) if not file.file.place.is_public]
    if found or any(windows_names.is_below(source, PRIVATE_PREFIX) for source in {name, *names}):
        if not (found or thumbnail):
            _redirect_if_published(name)
        return bool(found) and all(file.has_read_permission(request) for file in found)
    return permissions.staff(request, alias, name)


def _redirect_if_published(name) -> None:
    """Raise `MovedError` with the public URL of the file that was private under this name, if there is one."""
    if name.startswith(PREFIXES[False]):
        place = Place(False, name).on(True)
        if place.is_permanent and place.rows().filter(is_public=True).exists():
            raise permissions.MovedError(place.storage.url(place.name))
