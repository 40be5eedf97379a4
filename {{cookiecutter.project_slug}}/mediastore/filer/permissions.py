"""Who may read private files in a project with filer: the staff, and for filer's files whom filer allows."""

from filer.models import File
from filer.utils.filer_easy_thumbnails import thumbnail_to_original_filename

from mediastore import permissions, windows_names
from mediastore.filer.conf import PRIVATE_PREFIX
from mediastore.operations.belonging import sources


def staff_or_filer(request, alias: str, name: str) -> bool:
    """Filer's own rules for its files and their thumbnails, which also bind the staff; else active staff."""
    thumbnail = alias == "private_thumbnails"
    names = {*sources(name), thumbnail_to_original_filename(name)} - {None} if thumbnail else {name}
    files = list(File.objects.filter(file__in=names, is_public=False))
    if files or any(windows_names.is_below(source, PRIVATE_PREFIX) for source in {name, *names}):
        return bool(files) and all(file.has_read_permission(request) for file in files)
    return permissions.staff(request, alias, name)
