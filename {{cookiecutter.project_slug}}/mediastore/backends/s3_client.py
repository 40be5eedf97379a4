"""boto3 clients: one per process, endpoint and credentials, made on first use.

A client is safe across threads (sessions and resources are not) and costs 60 to 200 ms and 13 MiB, which a storage, a
thread or a request must not pay again. Connections do not survive a fork, so a child process begins with none.
"""

import os
import threading
from dataclasses import dataclass, field

from mediastore.s3_location import is_aws

_clients = {}
_environment = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Credentials:
    """A key and its secret, which tracebacks do not show; both None for the environment's credentials."""

    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)


def _forget():
    global _lock
    _lock = threading.Lock()
    _clients.clear()
    _environment.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def get_client(endpoint, credentials, *, region=None, addressing_style="auto", signature="s3v4"):
    """The client for an endpoint such as `https://s3.eu-west-1.amazonaws.com`.

    Without credentials the environment's are used (variables, files, instance and task roles).
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
    """What `auto` means: the bucket in the host on AWS, where access points and newer regions want it, else the path."""
    if addressing_style != "auto":
        return addressing_style
    return "virtual" if is_aws(endpoint) else "path"


def presign(method: str, url: str, credentials: Credentials, region: str | None, expire: int) -> str:
    """`url` signed with SigV4 for `expire` seconds, by botocore's signer alone: no client, in two thirds of its time."""
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest(method, url)
    S3SigV4QueryAuth(_frozen(credentials), "s3", region or "us-east-1", expires=expire).add_auth(request)
    return request.url


def _frozen(credentials: Credentials):
    """botocore's credentials: those given, or the environment's, which may change while the process runs."""
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


def _make(endpoint, credentials, region, addressing_style, signature):
    import boto3.session  # 100 ms and more, which a page with nothing but public URLs does not need
    from botocore.config import Config

    # Everything in one Config. botocore >= 1.36 sends checksums that S3-compatible stores refuse, unless told
    # otherwise; without a region it signs with SigV2; with an endpoint of one's own hosts like bucket.minio do not
    # resolve, while access points and newer regions of AWS want the bucket in the host.
    checksums = {} if is_aws(endpoint) else {
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
    }  # fmt: skip
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region or "us-east-1",
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
