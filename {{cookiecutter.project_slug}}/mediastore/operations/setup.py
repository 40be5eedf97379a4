"""`media setup`: buckets, the policies that open public files and no private ones, and CORS for the site's origins.

Idempotent, by S3's own API alone, so that no `mc` and no provider's console is needed. What a provider cannot do is
said. The policies are in `mediastore.operations.policy`.
"""

from django.core.files.storage import storages

from mediastore.backends.s3 import S3Storage
from mediastore.operations import policy, stored
from mediastore.operations.bucket_policy import UNSUPPORTED, variable
from mediastore.operations.steps import Step


def run(origins=(), *, dry_run=False, force=False):
    """Yield a Step for each bucket, policy and CORS rule of the aliases `default` and `private`.

    Args:
        origins: the site's origins, such as `https://www.example.com`, for CORS.
        dry_run: look, and change nothing.
        force: open or close a bucket also where it has files that this site cannot account for.
    """
    from botocore.exceptions import BotoCoreError

    seen, refused = set(), False
    for alias in ("default", "private"):
        storage = storages[alias]
        if not isinstance(storage, S3Storage):
            yield Step(f"{alias}: no bucket to set up ({type(storage).__name__})", "ok")
            continue
        try:
            for step in _steps(storage, seen, list(origins), dry_run, force, refused):
                refused = refused or (step.outcome == "cannot" and step.what.startswith("anonymous"))
                yield step
        except OSError as error:  # S3 refuses to list what lies there
            yield Step(f"bucket {storage.bucket_name}", "cannot", str(error))
        except BotoCoreError as error:  # no answer from S3 at all
            why = f"{type(error).__name__}: check the host, the port and the credentials in {variable(storage)}"
            yield Step(f"bucket {storage.bucket_name}", "cannot", f"{storage.endpoint_url} cannot be used, {why}")


def _steps(storage, seen, origins, dry_run, force, refused):
    if storage.lies_in not in seen:
        seen.add(storage.lies_in)
        step = _bucket(storage, dry_run)
        yield step
        if step.outcome == "cannot":
            return
    shared = stored.one_bucket(storages["default"], storages["private"], may_write=not dry_run)
    if storage.is_private:
        what, outcome, note = policy.close(storage, shared=shared, dry_run=dry_run or refused, force=force)
        if refused and outcome == "would" and not dry_run:
            # two DSNs that were swapped: closing what is public would take the site's pictures away
            outcome, note = (
                "cannot",
                "not closed, because the public bucket was refused. Are DEFAULT_STORAGE_DSN and PRIVATE_STORAGE_DSN swapped?",
            )
        yield Step(what, outcome, note)
    else:
        yield Step(*policy.open_public(storage, storages["private"], shared=shared, dry_run=dry_run, force=force))
    if origins:
        yield _cors(storage, origins, dry_run)


def _bucket(storage, dry_run):
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
    place = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region and region != "us-east-1" else {}
    try:
        client.create_bucket(Bucket=bucket, **place)
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code != "BucketAlreadyOwnedByYou":  # another instance was faster
            return Step(what, "cannot", f"making it failed: {code}")
    return Step(what, "done", "made")


def _cors(storage, origins, dry_run):
    client, bucket = storage.client, storage.bucket_name
    what = f"CORS of {bucket}"
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
            return Step(what, "would", f"allow {', '.join(origins)}")
        if code not in UNSUPPORTED and "NoSuchCORS" not in code:
            return Step(what, "cannot", f"reading it failed: {code}")
        rules = []
    covered = {origin for entry in rules if "GET" in entry["AllowedMethods"] for origin in entry["AllowedOrigins"]}
    if "*" in covered or covered >= set(origins):
        return Step(what, "ok", "is set")
    if dry_run:
        return Step(what, "would", f"allow {', '.join(origins)}")
    try:
        client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [*rules, rule]})
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code in UNSUPPORTED:
            return Step(what, "cannot", "the server has CORS for all buckets only (MinIO: MINIO_API_CORS_ALLOW_ORIGIN)")
        return Step(what, "cannot", code)
    return Step(what, "done", f"allowed {', '.join(origins)}")
