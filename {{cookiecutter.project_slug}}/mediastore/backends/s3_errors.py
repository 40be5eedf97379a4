"""Errors of S3 as Django's exceptions, in words that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def explained(error: Any, bucket: str, name: str) -> OSError:
    """Django's exception, or one that says what to do, for an error of S3 about the object `name`."""
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
            f"S3 refused {where} ({code}). Check the DSN's key and secret; without the right s3:ListBucket "
            "S3 also answers so for what does not exist."
        )
    return OSError(f"S3 answered {code} ({status}) for {where}.")


@contextmanager
def explaining(what: str, client: Any) -> Iterator[None]:
    """Give an error of S3 as an OSError that says `what` failed: a PermissionError if S3 refuses it."""
    try:
        yield
    except client.exceptions.ClientError as error:
        code, status = _answer(error)
        raise (PermissionError if status == 403 else OSError)(f"{what} failed: S3 answered {code}.") from error


def _answer(error: Any) -> tuple[str, int]:
    return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
