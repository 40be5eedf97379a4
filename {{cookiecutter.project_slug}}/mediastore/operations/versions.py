"""Earlier versions of public objects: whoever knows a version's id reads a file that was made private since.

`?versionId=null` is such an id. It is that of every object from before the bucket was versioned.
"""

from collections.abc import Iterator
from urllib.parse import quote

from mediastore.backends.s3 import S3Storage
from mediastore.operations import anonymous, stored
from mediastore.operations.belonging import Belonging
from mediastore.operations.findings import Audit, Finding


def findings(public, belonging: Belonging, audit: Audit) -> Iterator[Finding]:
    """The versions of private files in the public bucket that everyone can read; others are counted in a warning."""
    if not isinstance(public, S3Storage) or not _is_versioned(public):
        return
    client, others = anonymous.Anonymous(), 0
    for found, version in stored.walk_versions(public):
        match = belonging.left_behind(found) or belonging.of(found)
        if match is None and stored.name(public, found.name) is None:
            continue  # another site's
        audit.requests += 1
        url = f"{anonymous.urls(public, found.name, public)[-1]}?versionId={quote(version, safe='')}"
        if not anonymous.is_readable(client.status(url)):
            continue
        if match is None:
            others += 1
            continue
        kind, name, why = match
        why = f"an earlier version of {why.removeprefix('a ')}" if kind == "file" else f"an earlier version: {why}"
        yield Finding("version", stored.place(public), found.name, why, url, name, stored=found, version=version)
    if others:
        audit.warnings.append(
            f"{others} earlier versions of public files in {stored.place(public)}, which were deleted or replaced, can be "
            "read by whoever knows the version's id. A lifecycle rule for noncurrent versions ends that."
        )


def _is_versioned(public):
    try:
        return bool(public.client.get_bucket_versioning(Bucket=public.bucket_name).get("Status"))
    except public.client.exceptions.ClientError:  # the service has no versions, or the key may not ask
        return False


def delete(public, finding: Finding) -> None:
    """Delete the version that `finding` is about, for good."""
    public.client.delete_object(Bucket=public.bucket_name, Key=finding.key, VersionId=finding.version)


def content(public, finding: Finding):
    """The bytes of that version, as a file."""
    return public.client.get_object(Bucket=public.bucket_name, Key=finding.key, VersionId=finding.version)["Body"]
