"""Reads what an `s3://` or `s3+http://` DSN means: bucket, endpoint, region, prefix, addressing and public base URL.

A DSN that django-storage-url 0.12.1 reads keeps its meaning, so that a Divio project moves over without a change
to its files. docs/index.md has the grammar.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mediastore import dsn_rules
from mediastore.dsn import DSN

# In the order in which django-storage-url 0.12.1 looks for them.
MARKERS = (
    ".s3-accesspoint-fips.dualstack.",
    ".s3-fips.dualstack.",
    ".s3-accesspoint.dualstack.",
    ".s3.dualstack.",
    ".s3-accesspoint.",
    ".s3-fips.",
    ".s3-",
    ".s3.",
)
ACLS = (
    "none",
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
)
PARAMETERS = frozenset(
    "auth domain url acl qs_auth addressing_style region_name bucket public_endpoint cache_control expire unique".split()
)
# What botocore accepts as a host name. Service names of Docker Compose may have underscores, which it refuses.
HOST = re.compile(r"((?!-)[a-z0-9-]{1,63}(?<!-)\.)*(?!-)[a-z0-9-]{1,63}(?<!-)")
REGION = re.compile(r"(?![0-9]+$)(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}|[A-Za-z0-9]")
R2 = ".r2.cloudflarestorage.com"
# Endpoints of well-known services, without a bucket in front.
BARE_ENDPOINT = re.compile(
    r"(s3\..*|s3-.*\.amazonaws\.com(\.cn)?|storage\.googleapis\.com|[a-z]{3}\d\.digitaloceanspaces\.com|sos-[a-z0-9-]+\.exo\.io"
    r"|[0-9a-f]{32}(\.[a-z]+)?\.r2\.cloudflarestorage\.com)"
)
AWS = re.compile(r"https?://([^/]+\.)?amazonaws\.com(\.cn)?(:\d+)?")


@dataclass(frozen=True)
class S3Location:
    """Where objects lie and how to reach them. `region` is None if the DSN names none."""

    bucket: str
    endpoint: str
    region: str | None
    prefix: str
    addressing_style: str
    acl: str | None
    base_url: str
    public_endpoint: str
    signature_version: str = "s3v4"
    querystring_auth: bool = False
    custom_url: bool = False
    cache_control: str | None = None
    expire: int | None = None
    unique: bool = False
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)

    @classmethod
    def from_dsn(cls, dsn: DSN) -> "S3Location":
        """Read `dsn`.

        Raises:
            ImproperlyConfigured: the DSN names no bucket, or a value is out of its range.
        """
        bucket, host, region = _split(dsn)
        _check_host(dsn, host)
        scheme = "http" if dsn.scheme == "s3+http" else "https"
        port = f":{dsn.port}" if dsn.port else ""
        endpoint = f"{scheme}://{f'[{host}]' if ':' in host else host}{port}"
        style = dsn.choice("addressing_style", ("auto", "path", "virtual"), "path" if "." in bucket else "auto")
        custom_url = dsn_rules.custom_url(dsn)
        public_endpoint = dsn.http_url("public_endpoint") or endpoint
        _check_host(dsn, urlsplit(public_endpoint).hostname or "")
        acl = dsn.choice("acl", ACLS, "public-read")
        return cls(
            bucket=bucket,
            endpoint=endpoint,
            region=region,
            prefix=_prefix(dsn),
            addressing_style=style,
            acl=None if acl == "none" else acl,
            base_url=(custom_url or bucket_url(public_endpoint, bucket, style)) + "/",
            public_endpoint=public_endpoint,
            signature_version=dsn.choice("auth", ("s3v4", "s3"), "s3v4"),
            querystring_auth=dsn.boolean("qs_auth", False),
            custom_url=bool(custom_url),
            cache_control=dsn.params.get("cache_control"),
            expire=dsn_rules.expire(dsn),
            unique=dsn.choice("unique", ("always",), None) is not None,
            access_key=dsn.username,
            secret_key=dsn.password,
        )


def _check_host(dsn: DSN, host: str) -> None:
    if not (HOST.fullmatch(host) or _is_ip(host)):
        raise dsn.error(f"{host!r} is no host name for an endpoint: letters, digits, dots and dashes, no underscore.")


def _prefix(dsn: DSN) -> str:
    segments = [segment for segment in dsn.path.split("/") if segment]
    if {".", ".."} & set(segments):
        raise dsn.error("has '.' or '..' in its path.")
    return "/".join(segments)


def is_aws(endpoint: str) -> bool:
    """Whether the service at `endpoint` is Amazon's own."""
    return bool(AWS.fullmatch(endpoint))


def service_of(endpoint: str) -> str:
    """The service at `endpoint`. Two buckets are one if their service and their name are the same.

    All regions of AWS are one service, because a bucket's name is unique among them. China and GovCloud are services of
    their own. Other services are told apart by host and port.
    """
    host = endpoint.partition("://")[2]
    if is_aws(endpoint):
        return "aws-cn" if ".amazonaws.com.cn" in host else "aws-us-gov" if "us-gov-" in host else "aws"
    default_port = ":80" if endpoint.startswith("http://") else ":443"
    return host.removesuffix(default_port)


def bucket_url(endpoint: str, bucket: str, addressing_style: str) -> str:
    """The URL of a bucket, without a slash at its end; `addressing_style` is path or virtual."""
    # like boto3, by path if the endpoint's certificate would not cover the bucket's host name
    if addressing_style == "virtual" and re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", bucket):
        scheme, _, host = endpoint.partition("://")
        return f"{scheme}://{bucket}.{host}"
    return f"{endpoint}/{bucket}"


def _split(dsn: DSN) -> tuple[str, str, str | None]:
    """Bucket, host of the endpoint, and region. docs/index.md has the rules."""
    host, region_name = dsn.host, dsn.params.get("region_name") or None
    if region_name and not REGION.fullmatch(region_name):
        raise dsn.error("parameter 'region_name' must be a region such as eu-central-1.")
    if "bucket" in dsn.params:
        bucket = dsn.params["bucket"]
        if not host:
            raise dsn.error("has no endpoint; write the S3 service's host after KEY:SECRET@.")
        marked = _marked(f".{host}")
        region = marked[2] if marked else region_name or _region_label(host)
    else:
        marked = _marked(host) if dsn.scheme == "s3" else None
        bare = dsn.scheme == "s3" and not marked and BARE_ENDPOINT.fullmatch(host)
        if "." not in host or _is_ip(host) or bare:
            raise dsn.error("names no bucket; write BUCKET.ENDPOINT for the host, or add bucket=BUCKET.")
        bucket, rest = host.split(".", 1)
        if marked:
            bucket, host, region = marked
        elif dsn.scheme != "s3" or _is_ip(rest) or host.count(".") < 3 or host.endswith(R2):
            host, region = rest, region_name
        else:
            bucket, *labels = host.rsplit(".", 3)
            host, region = ".".join(labels), region_name or _region_label(".".join(labels))
    if not BUCKET.fullmatch(bucket):
        raise dsn.error("has a bucket name that S3 does not allow: letters, digits, dots and dashes, up to 63.")
    return bucket, host, region


def _marked(host: str) -> tuple[str, str, str | None] | None:
    """Bucket, host of the endpoint, and region, by the first marker in `host`; None if `host` has no marker."""
    for marker in MARKERS:
        bucket, found, rest = host.partition(marker)
        region = rest.split(".", 1)[0]
        if found and region not in ("control", "control-fips"):
            return bucket, marker.lstrip(".") + rest, None if region == "amazonaws" else region
    return None


def _region_label(host: str) -> str | None:
    """The region in a host such as sos-ch-dk-2.exo.io: what follows the first dash of the first of three labels."""
    return host.split(".", 1)[0].partition("-")[2] or None if host.count(".") == 2 else None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
