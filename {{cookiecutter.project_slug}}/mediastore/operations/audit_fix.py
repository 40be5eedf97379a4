"""`media audit --fix`: closes what everyone can read, and takes out of the public storage what is private.

Nothing is deleted but what the other storage has with the same bytes, and thumbnails, which are made again.
"""

import time
from functools import partial

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import storages
from django.utils.timezone import is_naive, make_aware
from easy_thumbnails.models import Thumbnail
from easy_thumbnails.utils import get_storage_hash

from mediastore import names
from mediastore.backends.copying import copy_across, is_copied
from mediastore.backends.located import located
from mediastore.operations import closing, rows, stored, versions
from mediastore.operations.belonging import PRIVATE, is_in_a_folder_of_thumbnails, is_in_use, sources
from mediastore.operations.findings import Advance, Audit, Finding, ignore
from mediastore.schemes import PRIVATE_FOLDER, PRIVATE_THUMBNAILS

SETTLED = 20  # seconds after which the row of an upload is committed


def run(audit: Audit, advance: Advance = ignore) -> None:
    """Mend the findings of `audit`; each says in its `fixed` and `note` what became of it."""
    closing.close([finding for finding in audit.findings if finding.kind in ("readable", "policy", "acl")], advance)
    misplaced = [finding for finding in audit.findings if finding.stored and finding.kind != "readable"]
    shared = bool(misplaced) and stored.one_bucket(storages["default"], storages["private"], may_write=True)
    # What is current comes before earlier versions: it is the one that has the row's name.
    order = sorted(misplaced, key=lambda finding: (finding.version is not None, _modified(finding)))
    for done, finding in enumerate(order, 1):
        advance("mending public files", done, len(misplaced))
        if shared and located(storages["private"]).name_of(finding.key) is not None:
            finding.note = "left: it is the private file itself, in a bucket that has two names"
            continue
        _try(_take_out_version if finding.version else _take_out, finding)
    for finding in audit.findings:
        if finding.mend:
            _try(finding.mend, finding)
        if finding.kind == "unknown":
            finding.note = "run it again when the service answers"


def _try(mend, finding: Finding) -> None:
    try:
        mend(finding)
    except (OSError, SuspiciousFileOperation) as error:
        finding.note = str(error)


def _take_out(finding: Finding) -> None:
    """Move a file to the private storage, or delete it where it lies there already; delete a thumbnail."""
    public = located(storages["default"])
    root, name = public.root(), public.name_of(finding.key)
    if finding.kind == "copy":
        finding.note = "same bytes as a private file, but no row names it: delete it by hand, or attach it to a row"
        return
    if finding.kind == "stray":
        finding.note = "an upload whose transaction failed, or its row is not restored yet: delete it, or give it a row"
        return
    if not _is_a_name(finding.key):  # what storages make of it is another object's key
        finding.note = "no storage gives such a name: delete it by hand"
        return
    is_beyond = name is None and not finding.key.startswith(f"{PRIVATE_FOLDER}/")
    if is_beyond:  # beyond the public prefix
        finding.note = "it may be another site's file of the same name and bytes: delete it by hand"
        return
    kept = _is_kept(root, finding)
    if not (kept or finding.name.startswith(tuple(PRIVATE)) or finding.kind == "thumbnail" and finding.name):
        time.sleep(max(0, SETTLED - (time.time() - _modified(finding))))  # it may be an upload on its way
    named = is_in_use if finding.kind == "thumbnail" else partial(rows.is_named, private=False)
    if name and named(name):
        finding.fixed, finding.note = True, "left: a row calls it public now"
        return
    if finding.kind == "thumbnail" and _can_be_made_again(finding, name):
        Thumbnail.objects.filter(storage_hash=_hash(), name=name).delete()
        finding.note = "deleted"
    elif kept:
        finding.note = "deleted: the private storage has it"
    else:
        wanted = finding.name if finding.kind == "file" else finding.key
        saved = copy_across(root, finding.key, storages["private"], wanted)
        finding.note = f"moved to the private storage as {saved}"
    root.delete(finding.key)
    finding.fixed = True


def _take_out_version(finding: Finding) -> None:
    """Delete an earlier version for good, where the private storage has the file; else keep it there first."""
    public, private = storages["default"], located(storages["private"])
    if (
        finding.name
        and finding.stored.etag
        and (kept := private.look(finding.name))
        and kept.etag == finding.stored.etag
    ):
        finding.note = "deleted: the private storage has it"
    elif finding.of == "thumbnail" and _can_be_made_again(finding, public.name_of(finding.key)):
        finding.note = "deleted: a thumbnail, which can be made again"
    else:
        saved = private.save(finding.name or finding.key, File(versions.content(public, finding)))
        finding.note = f"moved to the private storage as {saved}"
    versions.delete(public, finding)
    finding.fixed = True


def _is_a_name(key):
    try:
        return names.clean(key) == key
    except SuspiciousFileOperation:
        return False


def _can_be_made_again(finding, name):
    """Whether a row says that it is a thumbnail; or its folder and its name do, and the picture it was made of is there.

    What only has the name of a thumbnail, or only lies in a folder of thumbnails, may be somebody's only copy.
    """
    if name and Thumbnail.objects.filter(storage_hash=_hash(), name=name).exists():
        return True
    for reading in filter(is_in_a_folder_of_thumbnails, filter(None, (finding.key, name, finding.name))):
        for source in sources(reading.removeprefix(f"{PRIVATE_THUMBNAILS}/")):
            if any(storages[alias].exists(source) for alias in ("private", "default")):
                return True
    return False


def _hash():
    return get_storage_hash(storages["easy_thumbnails"])


def _is_kept(root, finding):
    """Whether the private storage has the same bytes under the finding's name."""
    if finding.kind != "file":
        return False
    return is_copied(root, finding.stored, storages["private"], names.clean(finding.name))


def _modified(finding):
    """When the file of `finding` was stored, in seconds since 1970."""
    modified = finding.stored.modified
    return (make_aware(modified) if is_naive(modified) else modified).timestamp()
