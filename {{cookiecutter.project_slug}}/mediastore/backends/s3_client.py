"""Makes and keeps boto3 clients: one per process, endpoint and credentials, on first use.

A client costs 60 to 200 ms and 13 MiB, so all storages and threads share it. Clients are safe across threads, while
sessions and resources of boto3 are not. Connections do not survive a fork, so a child process begins without clients.
"""

import os
import threading
from dataclasses import dataclass, field
from typing import Any

from mediastore.s3_location import is_aws

_clients: dict[tuple[object, ...], Any] = {}  # by the arguments of `get_client`
_environment: dict[str, Any] = {}  # botocore's credentials of the environment, under "credentials" once they are found
_lock = threading.Lock()


@dataclass(frozen=True)
class Credentials:
    """A key and its secret. Both are None if the environment has the credentials. `repr()` does not show the secret."""

    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)


def forget() -> None:
    """Drop all clients and the environment's credentials; the next use makes them anew."""
    global _lock
    _lock = threading.Lock()
    _clients.clear()
    _environment.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)


def get_client(
    endpoint: str,
    credentials: Credentials,
    *,
    region: str | None = None,
    addressing_style: str = "auto",
    signature: str = "s3v4",
) -> Any:
    """The client for an endpoint such as `https://s3.eu-west-1.amazonaws.com`.

    Args:
        credentials: without a key, boto3 takes the environment's: variables, files, instance and task roles.
        region: None for us-east-1.
        addressing_style: auto, path or virtual.
        signature: s3v4 or s3.
    """
    wanted = (endpoint, credentials, region, addressing_style, signature)
    client = _clients.get(wanted)
    if client is None:
        with _lock:
            client = _clients.get(wanted)
            if client is None:
                client = _clients[wanted] = _make(*wanted)
    return client


def resolved_style(endpoint: str, addressing_style: str) -> str:
    """`addressing_style`, with "virtual" or "path" in the place of "auto".

    Access points and newer regions of AWS need the bucket in the host: "virtual". Elsewhere hosts such as bucket.minio
    often do not resolve: "path".
    """
    if addressing_style != "auto":
        return addressing_style
    return "virtual" if is_aws(endpoint) else "path"


def presign(method: str, url: str, credentials: Credentials, region: str | None, expire: int) -> str:
    """`url`, signed with SigV4 for `expire` seconds.

    botocore's signer alone needs no client, and two thirds of a client's time.
    """
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest(method, url)
    S3SigV4QueryAuth(_frozen(credentials), "s3", region or "us-east-1", expires=expire).add_auth(request)
    return str(request.url)


def _frozen(credentials: Credentials) -> Any:
    """`credentials`, or the environment's, for botocore's signer. Those of a role change while the process runs."""
    from botocore import credentials as botocore_credentials
    from botocore.exceptions import NoCredentialsError

    if credentials.access_key:
        return botocore_credentials.ReadOnlyCredentials(credentials.access_key, credentials.secret_key, None)
    found = _environment.get("credentials")
    if found is None:
        import boto3.session

        found = _environment["credentials"] = boto3.session.Session().get_credentials()
    if found is None:
        raise NoCredentialsError
    return found.get_frozen_credentials()


def _make(endpoint: str, credentials: Credentials, region: str | None, addressing_style: str, signature: str) -> Any:
    import boto3.session  # takes 100 ms or more, which a page with only public URLs need not wait for
    from botocore.config import Config

    # botocore >= 1.36 sends checksums that many S3-compatible stores refuse.
    checksums = {} if is_aws(endpoint) else {
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
    }  # fmt: skip
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region or "us-east-1",  # without a region botocore signs with SigV2
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        config=Config(
            signature_version=signature,
            s3={"addressing_style": resolved_style(endpoint, addressing_style)},
            max_pool_connections=50,
            connect_timeout=10,
            read_timeout=60,
            retries={"mode": "standard", "max_attempts": 4},
            **checksums,
        ),
    )
