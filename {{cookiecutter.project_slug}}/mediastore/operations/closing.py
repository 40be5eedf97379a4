"""`media audit --fix`, first part: nobody may do anything with private files without a signature any more.

The bucket's policy and its ACL come first, then the ACLs of single objects. Then each finding is looked at again.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.core.files.storage import storages

from mediastore.backends.s3 import S3Storage
from mediastore.operations import acl, anonymous, doors, policy, stored
from mediastore.operations.anonymous import is_readable
from mediastore.operations.findings import Advance, Finding


def close(findings: list[Finding], advance: Advance) -> None:
    """Close what `findings`, of the kinds readable, policy and acl, tell of; each says what became of it."""
    public, private = storages["default"], storages["private"]
    if not findings:
        return
    if not isinstance(private, S3Storage):
        for finding in findings:
            finding.note = "make the container or bucket of PRIVATE_STORAGE_DSN private at the provider"
        return
    shared = stored.one_bucket(public, private, may_write=True)
    theirs = [finding for finding in findings if finding.stored]  # lies in the public bucket
    ours = [finding for finding in findings if not finding.stored]
    notes = []
    if theirs:
        notes = [_note(policy.spare(public)), "another statement of the bucket's policy, or an ACL, opens it"]
        _close_all(theirs, partial(_look_again, notes=notes), advance)
    if ours:
        notes = [
            _note(policy.close(private, shared=shared, dry_run=False, theirs=True)),
            _close_bucket(private, shared),
        ]
        _close_all(ours, partial(_close_one, private=private, notes=notes), advance)


def _close_all(findings, close_one, advance):
    client = anonymous.Anonymous()
    with ThreadPoolExecutor(anonymous.THREADS) as threads:
        for done, _ in enumerate(threads.map(partial(close_one, client=client), findings), 1):
            advance("closing private files", done, len(findings))


def _close_one(finding, client, private, notes):
    if finding.kind in ("policy", "acl"):
        left = doors.open_by_policy(private) if finding.kind == "policy" else acl.open_to_everyone(private)
        _settle(finding, finding.why not in left, notes)
        return
    if is_readable(client.status(finding.url)):
        notes = [*notes, _close_object(private, finding.key)]
    _look_again(finding, client, notes)


def _look_again(finding, client, notes):
    _settle(finding, not is_readable(client.status(finding.url)), notes)


def _settle(finding, is_closed, notes):
    finding.fixed = is_closed
    finding.note = "closed" if is_closed else "; ".join(filter(None, notes)) or policy.ADVICE


def _note(step):
    _, outcome, note = step
    return note if outcome == "cannot" else ""


def _close_bucket(private, shared):
    """Make the bucket's ACL private, unless other files lie there too."""
    client, bucket = private.client, private.bucket_name
    try:
        if acl.open_to_everyone(private):
            if shared or private.prefix:
                return "the bucket may have public files too, so its ACL was left alone"
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
