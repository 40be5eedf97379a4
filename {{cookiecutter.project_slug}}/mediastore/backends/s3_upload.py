"""Uploads: one PUT for what is small, parts in parallel for what is large, both creating with `If-None-Match: *`."""

import warnings
from concurrent.futures import ThreadPoolExecutor

from mediastore.backends.contents import as_binary
from mediastore.backends.creating import NameTakenError

SINGLE = 32 * 1024 * 1024  # bytes up to which one PUT is made
PART = 8 * 1024 * 1024  # bytes of a part; S3 wants 5 MiB or more, and 10,000 parts at most
THREADS = 4
TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
UNKNOWN = {"NotImplemented", "501"}

_no_conditions = set()  # endpoints that answered NotImplemented to a conditional write


def upload(client, bucket, key, content, headers, *, replace=False):
    """Store `content` as a new object, or over an old one where `replace` is true.

    Args:
        headers: what PutObject and CreateMultipartUpload take beside bucket and key.

    Raises:
        NameTakenError: `replace` is false and there is an object under `key`.
    """
    body, size = as_binary(content)
    endpoint = client.meta.endpoint_url
    conditional = not replace and endpoint not in _no_conditions
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
            _no_conditions.add(endpoint)
            warnings.warn(
                f"{endpoint} knows no conditional writes: two processes that save the same name at the same moment "
                "could overwrite each other. Add unique=always to the DSN.",
                RuntimeWarning,
                stacklevel=2,
            )
            return upload(client, bucket, key, body, headers)
        raise


def _exists(client, bucket, key):
    try:
        client.head_object(Bucket=bucket, Key=key)
    except client.exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True


def _upload_parts(client, where, body, size, condition, headers):
    part_size = max(PART, -(-size // 10_000))
    upload_id = client.create_multipart_upload(**where, **headers)["UploadId"]
    where = {**where, "UploadId": upload_id}

    def send(number, data):
        response = client.upload_part(**where, PartNumber=number, Body=data)
        return {"PartNumber": number, "ETag": response["ETag"]}

    try:
        with ThreadPoolExecutor(THREADS) as pool:
            pending, parts = [], []
            for number in range(1, -(-size // part_size) + 1):
                if len(pending) == THREADS:  # no more than these are in memory
                    parts.append(pending.pop(0).result())
                pending.append(pool.submit(send, number, body.read(part_size)))
            parts += [future.result() for future in pending]
        client.complete_multipart_upload(**where, MultipartUpload={"Parts": parts}, **condition)
    except BaseException:
        client.abort_multipart_upload(**where)
        raise
