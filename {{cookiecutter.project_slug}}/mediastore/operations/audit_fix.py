"""`media audit --fix`: closes what everyone can read, and takes out of the public storage what is private.

Nothing is deleted but what the other storage has with the same bytes, and thumbnails, which are made again.
"""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils.timezone import is_naive, make_aware
from easy_thumbnails.models import Thumbnail
from easy_thumbnails.utils import get_storage_hash

from mediastore import names
from mediastore.backends.base import same_bytes
from mediastore.backends.s3 import S3Storage
from mediastore.operations import anonymous, policy, rows, stored
from mediastore.operations.audit import Advance, Audit, Finding, ignore, is_readable
from mediastore.operations.belonging import PRIVATE, is_in_a_folder_of_thumbnails, is_in_use

SETTLED = 20  # seconds after which the row of an upload is committed


def run(audit: Audit, advance: Advance = ignore) -> None:
    """Mend the findings of `audit`; each says in its `fixed` and `note` what became of it."""
    _close([finding for finding in audit.findings if finding.kind == "readable"], advance)
    misplaced = [finding for finding in audit.findings if finding.stored]
    shared = bool(misplaced) and _is_one_bucket()
    for done, finding in enumerate(sorted(misplaced, key=_modified), 1):
        advance("mending public files", done, len(misplaced))
        if shared and stored.name(storages["private"], finding.key) is not None:
            finding.note = "left: it is the private file itself, in a bucket that has two names"
            continue
        _try(_take_out, finding)
    for finding in audit.findings:
        if finding.kind == "unpublished":
            _try(_publish, finding)
        if finding.kind == "unknown":
            finding.note = "run it again when the service answers"


def _try(mend, finding: Finding) -> None:
    try:
        mend(finding)
    except (OSError, SuspiciousFileOperation) as error:
        finding.note = str(error)


def _close(findings: list[Finding], advance: Advance) -> None:
    """The private bucket's policy and ACL first, then the ACLs of its objects, until nobody is answered."""
    if not findings:
        return
    private, client = storages["private"], anonymous.Anonymous()
    if not isinstance(private, S3Storage):
        for finding in findings:
            finding.note = "make the container or bucket of PRIVATE_STORAGE_DSN private at the provider"
        return
    notes = [_close_policy(private), _close_bucket(private)]
    with ThreadPoolExecutor(anonymous.THREADS) as threads:
        for done, _ in enumerate(threads.map(partial(_close_one, private, client, notes), findings), 1):
            advance("closing private files", done, len(findings))


def _close_one(private, client, notes, finding):
    if is_readable(client.status(finding.url)):
        notes = [*notes, _close_object(private, finding.key)]
    finding.fixed = not is_readable(client.status(finding.url))
    finding.note = "closed" if finding.fixed else "; ".join(filter(None, notes)) or policy.ADVICE


def _close_policy(private):
    _, outcome, note = policy.close(private, storages["default"], dry_run=False, theirs=True)
    return note if outcome == "cannot" else ""


def _close_bucket(private):
    """Make the bucket's ACL private, unless public files lie there too."""
    if stored.share_a_bucket(storages["default"], private):
        return ""
    client, bucket = private.client, private.bucket_name
    try:
        grants = client.get_bucket_acl(Bucket=bucket)["Grants"]
        groups = [grant["Grantee"] for grant in grants if grant["Grantee"]["Type"] == "Group"]
        if any(not group.get("URI", "").endswith("LogDelivery") for group in groups):  # everyone, and who has signed in
            client.put_bucket_acl(Bucket=bucket, ACL="private")
    except client.exceptions.ClientError as error:
        return f"the bucket's ACL: {error.response['Error']['Code']}"
    return ""


def _close_object(private, key):
    try:
        private.client.put_object_acl(Bucket=private.bucket_name, Key=key, ACL="private")
    except private.client.exceptions.ClientError as error:
        return f"the object's ACL: {error.response['Error']['Code']}"
    return ""


def _take_out(finding: Finding) -> None:
    """Move a file to the private storage, or delete it where it lies there already; delete a thumbnail."""
    root, name = stored.whole(storages["default"]), stored.name(storages["default"], finding.key)
    if finding.kind == "copy":
        finding.note = "whose it is only its bytes tell: delete it, or give it a row"
        return
    if not _is_a_name(finding.key):  # what storages make of it is another object's key
        finding.note = "no storage gives such a name: delete it by hand"
        return
    kept = _is_kept(root, finding)
    if not (kept or finding.name.startswith(tuple(PRIVATE)) or finding.kind == "thumbnail" and finding.name):
        time.sleep(max(0, SETTLED - (time.time() - _modified(finding))))  # it may be an upload on its way
    named = is_in_use if finding.kind == "thumbnail" else partial(rows.is_named, private=False)
    if name and named(name):
        finding.fixed, finding.note = True, "left: a row calls it public now"
        return
    if finding.kind == "thumbnail" and _is_a_thumbnail(finding, name):
        Thumbnail.objects.filter(storage_hash=_hash(), name=name).delete()
        finding.note = "deleted"
    elif kept:
        finding.note = "deleted: the private storage has it"
    else:
        with root.open(finding.key) as file:
            private = finding.name if finding.kind == "file" else finding.key
            finding.note = f"moved to the private storage as {storages['private'].save(private, file)}"
    root.delete(finding.key)
    finding.fixed = True


def _publish(finding: Finding) -> None:
    """Finish what was interrupted: a row calls the file public, and it lies in the private storage."""
    public, private = storages["default"], storages["private"]
    name = stored.name(public, finding.key)
    time.sleep(max(0, SETTLED - (time.time() - private.get_modified_time(finding.name).timestamp())))
    if not rows.is_named(name, private=False) or rows.is_named(finding.name, private=True):
        finding.fixed, finding.note = True, "left: the row has changed"
        return
    with private.open(finding.name) as file:
        if not public.exists(name) and (saved := public.save(name, file)) != name:
            public.delete(saved)  # another process was faster
        with public.open(name) as there:
            if not same_bytes(file, there):
                finding.note = f"another file has this name; its own is the private file {finding.name}"
                return
    private.delete(finding.name)
    finding.fixed, finding.note = True, "published"


def _is_a_name(key):
    try:
        return names.clean(key) == key
    except SuspiciousFileOperation:
        return False


def _is_a_thumbnail(finding, name):
    """Whether it can be made again: what only has the name of a thumbnail may be somebody's only copy."""
    row = name and Thumbnail.objects.filter(storage_hash=_hash(), name=name).exists()
    return row or any(is_in_a_folder_of_thumbnails(reading) for reading in (finding.key, name or "", finding.name))


def _hash():
    return get_storage_hash(storages["easy_thumbnails"])


def _is_one_bucket() -> bool:
    """Whether a file that is written to the private storage can be found in the public bucket under its key."""
    public, private = storages["default"], storages["private"]
    if not (isinstance(public, S3Storage) and isinstance(private, S3Storage)):
        return False
    probe = private.save(f"audit-probe-{secrets.token_hex(16)}.txt", ContentFile(b"May be deleted."))
    try:
        return stored.look(stored.whole(public), stored.key(private, probe)) is not None
    finally:
        private.delete(probe)


def _is_kept(root, finding):
    """Whether the private storage has the same bytes under the finding's name."""
    if finding.kind != "file":
        return False
    private, name = storages["private"], names.clean(finding.name)
    kept = stored.look(private, name)
    if kept is None or kept.size != finding.stored.size:
        return False
    if kept.etag and kept.etag == finding.stored.etag:
        return True
    with root.open(finding.key) as one, private.open(name) as other:
        return same_bytes(one, other)


def _modified(finding):
    """When the file of `finding` was stored, in seconds since 1970."""
    modified = finding.stored.modified
    return (make_aware(modified) if is_naive(modified) else modified).timestamp()
