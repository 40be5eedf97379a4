"""Finds earlier versions of private files in the public bucket, and deletes them.

A bucket with versions keeps what is deleted. Whoever knows a version's id still reads a file that was made private. The
id of every object from before the bucket had versions is known: it is `null`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from django.core.files.base import File
from django.core.files.storage import Storage

from mediastore import names
from mediastore.backends.contents import as_binary
from mediastore.backends.copying import copy_across, is_copied
from mediastore.backends.s3 import S3Storage
from mediastore.backends.s3_errors import explaining
from mediastore.operations import anonymous
from mediastore.operations.belonging import Belonging
from mediastore.operations.bucket_policy import UNSUPPORTED
from mediastore.operations.exposed import Unknown
from mediastore.operations.findings import Audit, Finding
from mediastore.operations.mending import Mending
from mediastore.operations.misplaced import Misplaced, Thumbnail, can_be_made_again


@dataclass
class Version(Misplaced):
    """An earlier version of an object that is a private file, or a thumbnail of one."""

    kind = "version"
    storage: S3Storage = field(kw_only=True, repr=False)  # the public one
    version: str = field(kw_only=True, repr=False)  # its id
    is_thumbnail: bool = field(kw_only=True, repr=False)

    @property
    def order(self) -> tuple[int, float]:
        return (2, super().order[1])  # after the current version, which so gets the name that the row has

    def take_out(self, mending: Mending) -> None:
        """Delete the version for good. If the private storage does not have the file, save it there first."""
        public, private = self.storage, mending.private
        source, wanted = _Version(public, self.version), names.clean(self.name or self.key)
        if is_copied(source, self.stored, private, wanted):
            self.note = "deleted: the private storage has it"
        elif self.is_thumbnail and can_be_made_again(self, public.name_of(self.key), mending):
            self.note = "deleted: a thumbnail, which can be made again"
        else:
            if private.exists(wanted):
                wanted = self._name_beside(wanted)
            saved = copy_across(source, self.key, private, wanted)
            self.note = f"moved to the private storage as {saved}"
        with explaining(f"Deleting a version of {self.key}", public.client):
            public.client.delete_object(Bucket=public.bucket_name, Key=self.key, VersionId=self.version)
        self.fixed = True

    def _name_beside(self, taken: str) -> str:
        """A name for this version beside the different file `taken`. It is always the same, so that a copy is found again."""
        version = f"{self.key}\n{self.version}\n{self.stored.etag}"
        return names.fit(taken, suffix=f"_{sha256(version.encode()).hexdigest()[:16]}")


class _Version(Storage):
    """Opens objects of the public bucket by their keys, in one version."""

    def __init__(self, public: S3Storage, version: str) -> None:
        self._public, self._version = public, version

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        public = self._public
        with explaining(f"Reading a version of {name}", public.client):
            answer = public.client.get_object(Bucket=public.bucket_name, Key=name, VersionId=self._version)
            content, _ = as_binary(File(answer["Body"]))
        return File(content, name)  # a file without a name is false, and botocore would send no body


def findings(public: object, belonging: Belonging, audit: Audit) -> Iterator[Finding]:
    """The versions of private files in the public bucket that everyone can read.

    Those of public files that were deleted or replaced are counted in a warning of `audit`.
    """
    if not isinstance(public, S3Storage) or not _may_have_some(public):
        return
    try:
        yield from _readable(public, belonging, audit)
    except OSError as error:
        why = f"whether everyone can read earlier versions of private files is not known: {error}"
        yield Unknown(public.where, "", why)


def _readable(public: S3Storage, belonging: Belonging, audit: Audit) -> Iterator[Finding]:
    client, others = anonymous.Anonymous(), 0
    for found, version in public.walk_versions():
        match = belonging.left_behind(found) or belonging.of(found)
        if match is None and public.name_of(found.name) is None:
            continue  # another site's file
        urls = [f"{url}?versionId={quote(version, safe='')}" for url in public.anonymous_urls(found.name, public)]
        audit.requests += len(urls)
        if not (url := anonymous.first_readable(client, urls)):
            continue
        if match is None:
            others += 1
            continue
        why, is_thumbnail = f"everyone can read an earlier version of it: {match.why}", match.kind is Thumbnail
        yield Version(
            public.where,
            found.name,
            why,
            url,
            match.name,
            stored=found,
            storage=public,
            version=version,
            is_thumbnail=is_thumbnail,
        )
    if others:
        audit.warnings.append(
            f"{others} earlier versions of public files in {public.where}, which were deleted or replaced, can be "
            "read by whoever knows their ids. Set a lifecycle rule for noncurrent versions to have them deleted."
        )


def _may_have_some(public: S3Storage) -> bool:
    try:
        return bool(public.client.get_bucket_versioning(Bucket=public.bucket_name).get("Status"))
    except public.client.exceptions.ClientError as error:
        # if the key may not ask, the bucket may have versions
        return error.response["Error"]["Code"] not in {"VersioningNotConfigured", "NoSuchBucket", *UNSUPPORTED}
