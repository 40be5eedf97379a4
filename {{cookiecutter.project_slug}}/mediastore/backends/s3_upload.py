"""Uploads to S3: small files with one PUT, large ones in parallel parts. `If-None-Match: *` keeps existing objects."""

import warnings
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any

from mediastore.backends.contents import as_binary
from mediastore.backends.creating import NameTakenError

SINGLE = 32 * 1024 * 1024  # bytes; larger files go in parts
PART = 8 * 1024 * 1024  # bytes of a part; S3 takes parts of at least 5 MiB
MOST_PARTS = 10_000  # of an object of S3
THREADS = 4

# Codes of S3's answers to a conditional write: the object exists, and the service does not know the condition.
TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
UNKNOWN = {"NotImplemented", "501"}

endpoints_without_conditions: set[str] = set()  # they answered UNKNOWN to a conditional write


def upload(
    client: Any, bucket: str, key: str, content: Any, headers: Mapping[str, str], *, replace: bool = False
) -> None:
    """Store `content` as the object `key`.

    Args:
        headers: parameters for PutObject and CreateMultipartUpload, beside bucket and key.
        replace: whether to overwrite the object if it exists.

    Raises:
        NameTakenError: the object exists, and `replace` is false.
    """
    body, size = as_binary(content)
    endpoint = client.meta.endpoint_url
    conditional = not replace and endpoint not in endpoints_without_conditions
    if not replace and (not conditional or size > SINGLE) and _exists(client, bucket, key):
        raise NameTakenError(key)
    condition = {"IfNoneMatch": "*"} if conditional else {}
    try:
        if size <= SINGLE:
            client.put_object(Bucket=bucket, Key=key, Body=body, ContentLength=size, **condition, **headers)
        else:
            _upload_parts(client, {"Bucket": bucket, "Key": key}, body, size, condition, headers)
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if conditional and code in TAKEN:
            raise NameTakenError(key) from None
        if conditional and code in UNKNOWN:
            endpoints_without_conditions.add(endpoint)
            warnings.warn(
                f"{endpoint} knows no conditional writes, so two processes that save the same name at the same moment "
                "can overwrite each other's file. Add unique=always to the DSN.",
                RuntimeWarning,
                stacklevel=2,
            )
            upload(client, bucket, key, body, headers)
        else:
            raise


def _exists(client: Any, bucket: str, key: str) -> bool:
    try:
        client.head_object(Bucket=bucket, Key=key)
    except client.exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True


def _upload_parts(
    client: Any,
    where: Mapping[str, str],
    body: IO[bytes],
    size: int,
    condition: Mapping[str, str],
    headers: Mapping[str, str],
) -> None:
    part_size = max(PART, -(-size // MOST_PARTS))
    upload_id = client.create_multipart_upload(**where, **headers)["UploadId"]
    where = {**where, "UploadId": upload_id}

    def send(number: int, data: bytes) -> dict[str, Any]:
        response = client.upload_part(**where, PartNumber=number, Body=data)
        return {"PartNumber": number, "ETag": response["ETag"]}

    try:
        with ThreadPoolExecutor(THREADS) as pool:
            pending: list[Future[dict[str, Any]]] = []
            parts: list[dict[str, Any]] = []
            for number in range(1, -(-size // part_size) + 1):
                if len(pending) == THREADS:  # so that memory holds no more parts than this
                    parts.append(pending.pop(0).result())
                pending.append(pool.submit(send, number, body.read(part_size)))
            parts += [future.result() for future in pending]
        client.complete_multipart_upload(**where, MultipartUpload={"Parts": parts}, **condition)
    except BaseException:
        client.abort_multipart_upload(**where)
        raise
