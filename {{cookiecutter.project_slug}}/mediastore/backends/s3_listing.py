"""Lists the objects in a bucket of S3, a thousand with each request, and their earlier versions."""

import logging
from collections.abc import Iterator
from typing import Any

from mediastore.backends.located import Stored
from mediastore.backends.s3_connection import ConnectedS3Storage
from mediastore.backends.s3_errors import explaining

logger = logging.getLogger(__name__)


class ListedS3Storage(ConnectedS3Storage):
    """Lists objects and versions, and deletes versions."""

    def walk(self) -> Iterator[Stored]:
        """All files, without the empty objects whose keys end in a slash: some tools mark folders with them."""
        prefix = self.key_prefix
        with explaining(f"Listing {self.bucket_name}/{prefix}", self.client):
            for page in self._pages("list_objects_v2", Prefix=prefix):
                for entry in page.get("Contents", ()):
                    if entry["Size"] or not entry["Key"].endswith("/"):
                        yield Stored(entry["Key"][len(prefix) :], entry["Size"], entry["LastModified"], entry["ETag"])

    def walk_versions(self) -> Iterator[tuple[Stored, str]]:
        """The earlier versions of all objects in the bucket: each as a file whose name is its key, and its id.

        Raises:
            PermissionError: the credentials have no right to list versions.
            OSError: S3 answered with another error.
        """
        with explaining(f"Listing the versions in {self.bucket_name}", self.client):
            for page in self._pages("list_object_versions"):
                for entry in page.get("Versions", ()):
                    if not entry["IsLatest"]:
                        found = Stored(entry["Key"], entry["Size"], entry["LastModified"], entry.get("ETag"))
                        yield found, entry["VersionId"]

    def look(self, name: str) -> Stored | None:
        try:
            head = self.head_object(name)
        except FileNotFoundError:
            return None
        return Stored(name, head["ContentLength"], head["LastModified"], head["ETag"])

    def listdir(self, path: Any) -> tuple[list[str], list[str]]:
        """Folders and files directly below `path`."""
        path = str(path).strip("/.")
        prefix = self.key(f"{path}/" if path else "")
        folders, files = [], []
        for page in self._pages("list_objects_v2", Prefix=prefix, Delimiter="/"):
            folders += [entry["Prefix"][len(prefix) : -1] for entry in page.get("CommonPrefixes", ())]
            files += [entry["Key"][len(prefix) :] for entry in page.get("Contents", ()) if entry["Key"] != prefix]
        return folders, files

    def _delete_versions(self, key: str) -> None:
        """Delete all versions of the object `key`, which was deleted. A bucket with versions only hides such an object.

        Whoever knows a version's id could still read a public file that was made private. Ids can be guessed: objects
        from before the bucket had versions have the id `null`.
        """
        client = self.client
        try:
            for page in self._pages("list_object_versions", Prefix=key):
                for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    is_new = entry["IsLatest"] and "ETag" in entry  # another process has stored a file since
                    if entry["Key"] == key and not is_new:
                        client.delete_object(Bucket=self.bucket_name, Key=key, VersionId=entry["VersionId"])
        except client.exceptions.ClientError as error:
            logger.error(
                "%r is deleted from the bucket %s, but its earlier versions can be read by whoever knows their ids: S3 "
                "answered %s. Give the key s3:ListBucketVersions and s3:DeleteObjectVersion, then run `manage.py media "
                "audit --fix`.",
                self.name_of(key),
                self.bucket_name,
                error.response["Error"]["Code"],
            )

    def _pages(self, operation: str, **parameters: str) -> Any:
        return self.client.get_paginator(operation).paginate(Bucket=self.bucket_name, **parameters)
