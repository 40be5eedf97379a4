"""Earlier versions of public objects: whoever knows a version's id reads a file that was made private since.

`?versionId=null` is such an id. It is that of every object from before the bucket was versioned.
"""

from collections.abc import Iterator
from urllib.parse import quote

from mediastore.backends.s3 import S3Storage
from mediastore.backends.s3_errors import explaining
from mediastore.operations import anonymous
from mediastore.operations.belonging import Belonging
from mediastore.operations.findings import Audit, Finding
from mediastore.operations.policy_reader import UNSUPPORTED


def findings(public, belonging: Belonging, audit: Audit) -> Iterator[Finding]:
    """The versions of private files in the public bucket that everyone can read; others are counted in a warning."""
    if not isinstance(public, S3Storage) or not _may_have_some(public):
        return
    try:
        yield from _readable(public, belonging, audit)
    except OSError as error:
        why = f"whether everyone can read earlier versions of private files is not known: {error}"
        yield Finding("unknown", public.place, "", why)


def _readable(public, belonging, audit):
    client, others = anonymous.Anonymous(), 0
    for found, version in public.walk_versions():
        match = belonging.left_behind(found) or belonging.of(found)
        if match is None and public.name_of(found.name) is None:
            continue  # another site's
        urls = [f"{url}?versionId={quote(version, safe='')}" for url in anonymous.urls(public, found.name, public)]
        audit.requests += len(urls)
        if not (url := anonymous.first_readable(client, urls)):
            continue
        if match is None:
            others += 1
            continue
        of, name, why = match
        why = f"an earlier version of it can be read by everyone: {why}"
        yield Finding("version", public.place, found.name, why, url, name, stored=found, version=version, of=of)
    if others:
        audit.warnings.append(
            f"{others} earlier versions of public files in {public.place}, which were deleted or replaced, can be "
            "read by whoever knows the version's id. A lifecycle rule for noncurrent versions ends that."
        )


def _may_have_some(public):
    try:
        return bool(public.client.get_bucket_versioning(Bucket=public.bucket_name).get("Status"))
    except public.client.exceptions.ClientError as error:
        # one that only may not be asked may have some
        return error.response["Error"]["Code"] not in {"VersioningNotConfigured", "NoSuchBucket", *UNSUPPORTED}


def delete(public, finding: Finding) -> None:
    """Delete the version that `finding` is about, for good. Raises OSError where S3 refuses."""
    with explaining(f"Deleting a version of {finding.key}", public.client):
        public.client.delete_object(Bucket=public.bucket_name, Key=finding.key, VersionId=finding.version)


def content(public, finding: Finding):
    """The bytes of that version, as a file. Raises OSError where S3 refuses."""
    with explaining(f"Reading a version of {finding.key}", public.client):
        return public.client.get_object(Bucket=public.bucket_name, Key=finding.key, VersionId=finding.version)["Body"]
