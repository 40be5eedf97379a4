"""Turns errors of S3 into exceptions of Python that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def explained(error: Any, bucket: str, name: str) -> OSError:
    """The exception for a `ClientError` of botocore about the object `name`.

    It is a FileNotFoundError or a PermissionError if it can be, as those of a storage on the disk.
    """
    code, status = _answer(error)
    where = f"{name!r} in the bucket {bucket!r}"
    if code == "NoSuchBucket":
        return FileNotFoundError(f"There is no bucket {bucket!r}; `manage.py media setup` makes it.")
    if status == 404:
        return FileNotFoundError(f"There is no {where}.")
    if code == "AccessControlListNotSupported":
        return PermissionError(
            f"The bucket {bucket!r} has ACLs off; put acl=none into the DSN and run `manage.py media setup`."
        )
    if status == 403:
        return PermissionError(
            f"S3 refused {where} ({code}). Check the key and secret of the DSN. S3 also refuses an object that does not "
            "exist, if the key has no right s3:ListBucket."
        )
    return OSError(f"S3 answered {code} ({status}) for {where}.")


@contextmanager
def explaining(what: str, client: Any) -> Iterator[None]:
    """Within this context an error of S3 becomes an OSError that says: `what` failed. 403 becomes a PermissionError."""
    try:
        yield
    except client.exceptions.ClientError as error:
        code, status = _answer(error)
        raise (PermissionError if status == 403 else OSError)(f"{what} failed: S3 answered {code}.") from error


def _answer(error: Any) -> tuple[str, int]:
    """The code and the HTTP status that S3 answered with."""
    return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
