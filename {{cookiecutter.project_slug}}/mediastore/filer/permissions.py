"""Who may read private files in a project with filer: the staff, and for filer's files whom filer allows."""

from filer.models import File
from filer.utils.filer_easy_thumbnails import thumbnail_to_original_filename

from mediastore import permissions
from mediastore.filer.conf import PRIVATE_PREFIX


def staff_or_filer(request, alias: str, name: str) -> bool:
    """Filer's own rules for its files and their thumbnails, which also bind the staff; else active staff."""
    source = thumbnail_to_original_filename(name) if alias == "private_thumbnails" else name
    files = list(File.objects.filter(file=source, is_public=False)) if source else []
    if files or name.casefold().startswith(f"{PRIVATE_PREFIX}/"):
        return any(file.has_read_permission(request) for file in files)
    return permissions.staff(request, alias, name)
