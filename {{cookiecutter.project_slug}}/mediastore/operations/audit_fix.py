"""`media audit --fix`: closes what everyone can read, and takes out of the public storage what is private.

Nothing is deleted but what lies in the private storage with the same bytes, and thumbnails, which are made again.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import storages
from django.utils.timezone import is_naive, make_aware
from easy_thumbnails.models import Thumbnail
from easy_thumbnails.utils import get_storage_hash

from mediastore import names
from mediastore.backends.s3 import S3Storage
from mediastore.operations import anonymous, policy, stored
from mediastore.operations.audit import Advance, Audit, Finding, ignore, is_readable
from mediastore.operations.belonging import is_in_use

SETTLED = 20  # seconds after which the row of an upload is committed
CHUNK = 1024 * 1024  # bytes compared at a time
EVERYONE = tuple(f"http://acs.amazonaws.com/groups/global/{group}" for group in ("AllUsers", "AuthenticatedUsers"))


def run(audit: Audit, advance: Advance = ignore) -> None:
    """Mend the findings of `audit`; each says in its `fixed` and `note` what became of it."""
    _close([finding for finding in audit.findings if finding.kind == "readable"], advance)
    misplaced = [finding for finding in audit.findings if finding.stored]
    for done, finding in enumerate(sorted(misplaced, key=_modified), 1):
        advance("mending public files", done, len(misplaced))
        try:
            _take_out(finding)
        except (OSError, SuspiciousFileOperation) as error:
            finding.note = str(error)
    for finding in audit.findings:
        if finding.kind == "unknown":
            finding.note = "run it again when the service answers"


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
        if any(grant["Grantee"].get("URI") in EVERYONE for grant in grants):
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
    public = storages["default"]
    root, name = stored.whole(public), stored.name(public, finding.key)
    if finding.kind == "copy" and name is None:
        finding.note = "it lies beyond the prefix of DEFAULT_STORAGE_DSN: delete it where it is not another site's"
        return
    if finding.kind != "thumbnail" and _is_kept(root, finding):
        finding.note = "deleted: the private storage has it"
    if finding.kind == "copy" or not finding.name:  # not known by its name: it may be an upload on its way
        time.sleep(max(0, SETTLED - (time.time() - _modified(finding))))
    if name and is_in_use(name):
        finding.fixed, finding.note = True, "left: a row calls it public now"
        return
    if finding.kind == "thumbnail":
        Thumbnail.objects.filter(storage_hash=get_storage_hash(storages["easy_thumbnails"]), name=name).delete()
        finding.note = "deleted"
    elif not finding.note:
        with root.open(finding.key) as file:
            finding.note = f"moved to the private storage as {storages['private'].save(finding.name, file)}"
    root.delete(finding.key)
    finding.fixed = True


def _is_kept(root, finding):
    """Whether the private storage has the same bytes under the finding's name."""
    private, name = storages["private"], names.clean(finding.name)
    kept = stored.look(private, name)
    if kept is None or kept.size != finding.stored.size:
        return False
    if kept.etag and kept.etag == finding.stored.etag:
        return True
    with root.open(finding.key) as one, private.open(name) as other:
        while chunk := one.read(CHUNK):
            if chunk != other.read(CHUNK):
                return False
    return True


def _modified(finding):
    """When the file of `finding` was stored, in seconds since 1970."""
    modified = finding.stored.modified
    return (make_aware(modified) if is_naive(modified) else modified).timestamp()
