"""`media setup`: makes buckets, policies that open public files and no private ones, and CORS for the site's origins.

It may be repeated: what is there stays as it is. It needs S3's own API alone, no `mc` and no provider's console, and
says what a provider cannot do.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.core.files.storage import storages

from mediastore.backends.located import Bucket
from mediastore.backends.s3 import S3Storage
from mediastore.operations import private_policy, public_policy
from mediastore.operations.bucket_policy import UNSUPPORTED, variable
from mediastore.operations.sharing import share_bucket
from mediastore.operations.steps import Step

SWAPPED = (
    "not closed, because the public bucket was refused. Are DEFAULT_STORAGE_DSN and PRIVATE_STORAGE_DSN swapped? If not, "
    "first mend what keeps the public bucket from being opened, then type `manage.py media setup` again"
)


def run(origins: Iterable[str] = (), *, dry_run: bool = False, force: bool = False) -> Iterator[Step]:
    """Yield a Step for each bucket, policy and CORS rule of the aliases `default` and `private`.

    Args:
        origins: the site's origins, such as `https://www.example.com`, for CORS.
        dry_run: look, and change nothing.
        force: open or close a bucket even if it has files that this site cannot account for.
    """
    from botocore.exceptions import BotoCoreError

    origins, looked_at, refused = list(origins), set[Bucket | None](), False
    for alias in ("default", "private"):
        storage = storages[alias]
        if not isinstance(storage, S3Storage):
            yield Step(f"{alias}: no bucket to set up ({type(storage).__name__})", "ok")
            continue
        try:
            if storage.lies_in not in looked_at:
                looked_at.add(storage.lies_in)
                step = _make_bucket(storage, dry_run)
                yield step
                if step.outcome == "cannot":
                    continue
            step = _set_policy(storage, refused, dry_run, force)
            refused = refused or (step.outcome == "cannot" and not storage.is_private)
            yield step
            if origins:
                yield _set_cors(storage, origins, dry_run)
        except OSError as error:  # S3 refuses to list the files, or what answers is no S3 service
            yield Step(f"bucket {storage.bucket_name}", "cannot", str(error))
        except BotoCoreError as error:  # no answer from S3 at all
            why = f"{type(error).__name__}: check the host, the port and the credentials in {variable(storage)}"
            yield Step(f"bucket {storage.bucket_name}", "cannot", f"{storage.endpoint_url} cannot be used, {why}")


def _set_policy(storage: S3Storage, refused: bool, dry_run: bool, force: bool) -> Step:
    """Open or close the bucket. `refused` says that the public one was not opened."""
    public, private = storages["default"], storages["private"]
    shared = share_bucket(public, private, may_write=not dry_run)
    if not storage.is_private:
        spared = private.key_prefix if shared and isinstance(private, S3Storage) else None
        return public_policy.open_public(storage, spared=spared, dry_run=dry_run, force=force)
    step = private_policy.close(storage, shared=shared, dry_run=dry_run or refused, force=force)
    if refused and step.outcome == "would" and not dry_run:
        # If two DSNs are swapped, closing what is public would take the site's pictures away
        return replace(step, outcome="cannot", note=SWAPPED)
    return step


def _make_bucket(storage: S3Storage, dry_run: bool) -> Step:
    client, bucket = storage.client, storage.bucket_name
    what = f"bucket {bucket}"
    try:
        client.head_bucket(Bucket=bucket)
        return Step(what, "ok", "is there")
    except client.exceptions.ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status != 404:
            note = f"{storage.endpoint_url} answered {status}: check the DSN's key, secret, region and bucket"
            return Step(what, "cannot", note)
    if dry_run:
        return Step(what, "would", "make it")
    region = storage.region_name
    where = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region and region != "us-east-1" else {}
    try:
        client.create_bucket(Bucket=bucket, **where)
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code != "BucketAlreadyOwnedByYou":  # another instance was faster
            return Step(what, "cannot", f"making it failed: {code}")
    return Step(what, "done", "made")


def _set_cors(storage: S3Storage, origins: list[str], dry_run: bool) -> Step:
    client, bucket = storage.client, storage.bucket_name
    what, allow = f"CORS of {bucket}", f"allow {', '.join(origins)}"
    rule = {
        "AllowedOrigins": origins,
        "AllowedMethods": ["GET", "HEAD"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag", "Content-Range", "Accept-Ranges"],
        "MaxAgeSeconds": 3600,
    }
    try:
        rules = client.get_bucket_cors(Bucket=bucket)["CORSRules"]
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "NoSuchBucket" and dry_run:
            return Step(what, "would", allow)
        if code not in UNSUPPORTED and "NoSuchCORS" not in code:
            return Step(what, "cannot", f"reading it failed: {code}")
        rules = []
    covered = {origin for entry in rules if "GET" in entry["AllowedMethods"] for origin in entry["AllowedOrigins"]}
    if "*" in covered or covered >= set(origins):
        return Step(what, "ok", "is set")
    if dry_run:
        return Step(what, "would", allow)
    try:
        client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [*rules, rule]})
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code in UNSUPPORTED:
            note = "the server has CORS for all buckets only (MinIO: set MINIO_API_CORS_ALLOW_ORIGIN)"
            return Step(what, "cannot", note)
        return Step(what, "cannot", f"setting it failed: {code}")
    return Step(what, "done", f"allowed {', '.join(origins)}")
