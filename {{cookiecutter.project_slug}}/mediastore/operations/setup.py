"""`media setup`: buckets, the policy that makes public files readable, and CORS for the site's origins.

Idempotent, by S3's own API alone, so that no `mc` and no provider's console is needed. What a provider cannot do is
said, and is no error where its own defaults serve.
"""

import json
from dataclasses import dataclass

from django.core.files.storage import storages

STATEMENT = "MediaPublicRead"
ADVICE = "make a bucket for private files and set PRIVATE_STORAGE_DSN"
NOT_THERE = {"NotImplemented", "MethodNotAllowed", "XNotImplemented"}


@dataclass(frozen=True)
class Step:
    """What was done, or would be: `outcome` is "ok", "done", "would" or "cannot"."""

    what: str
    outcome: str
    note: str = ""


def run(origins=(), *, dry_run=False):
    """Yield a Step for each bucket, policy and CORS rule of the aliases `default` and `private`.

    Args:
        origins: the site's origins, such as `https://www.example.com`, for CORS.
        dry_run: look, and change nothing.
    """
    seen = set()
    for alias in ("default", "private"):
        storage = storages[alias]
        if not hasattr(storage, "bucket_name"):
            yield Step(f"{alias}: no bucket to set up ({type(storage).__name__})", "ok")
            continue
        where = (storage.endpoint_url, storage.bucket_name)
        if where not in seen:
            seen.add(where)
            yield _bucket(storage, dry_run)
        if not storage.is_private:
            yield _policy(storage, storages["private"], dry_run)
        if origins:
            yield _cors(storage, list(origins), dry_run)


def _bucket(storage, dry_run):
    client, bucket = storage.client, storage.bucket_name
    what = f"bucket {bucket}"
    try:
        client.head_bucket(Bucket=bucket)
        return Step(what, "ok", "is there")
    except client.exceptions.ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status != 404:
            return Step(what, "cannot", f"the endpoint answered {status}: check key, secret, region and bucket name")
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


def _policy(public, private, dry_run):
    bucket, client = public.bucket_name, public.client
    prefix = f"{public.prefix}/" if public.prefix else ""
    what = f"anonymous reading of {bucket}/{prefix}*"
    spared = f"{private.prefix}/" if _same_bucket(public, private) else None
    if spared is not None and (prefix or spared == "/") and spared.lstrip("/").startswith(prefix):
        return Step(what, "cannot", f"it would open the private files too: {ADVICE}")
    statement = _statement(bucket, prefix, spared)
    try:
        policy = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code in NOT_THERE:
            return Step(what, "cannot", "the provider has no bucket policies; it must read the objects' ACLs")
        if code == "NoSuchBucket" and dry_run:
            return Step(what, "would", "allow it")
        if code != "NoSuchBucketPolicy":
            return Step(what, "cannot", f"reading the bucket's policy failed: {code}")
        policy = {"Version": "2012-10-17", "Statement": []}
    others = [entry for entry in policy["Statement"] if entry.get("Sid") != STATEMENT]
    if spared is not None and any(_opens(entry) for entry in others):
        return Step(what, "cannot", f"the bucket's policy has a statement of its own that lets everyone read: {ADVICE}")
    if any(_says(entry, statement) for entry in policy["Statement"]):
        return Step(what, "ok", "is allowed")
    if dry_run:
        return Step(what, "would", "allow it")
    policy["Statement"] = [*others, statement]
    try:
        client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "AccessDenied":
            return Step(what, "cannot", "refused: the key may not, or the bucket has Block Public Access on")
        return Step(what, "cannot", f"the provider answered {code}" + (f": {ADVICE}" if spared else ""))
    return Step(what, "done", "allowed by the bucket's policy")


def _same_bucket(public, private):
    names = ("endpoint_url", "bucket_name")
    return all(getattr(private, name, None) == getattr(public, name) for name in names)


def _statement(bucket, prefix, spared):
    """Everyone may read what is below `prefix`, and all but `spared` where private files lie in the same bucket."""
    statement = {"Sid": STATEMENT, "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"]}
    if spared is not None and not prefix:
        return statement | {"NotResource": [f"arn:aws:s3:::{bucket}/{spared}*"]}
    return statement | {"Resource": [f"arn:aws:s3:::{bucket}/{prefix}*"]}


def _as_set(value):
    return {value} if isinstance(value, str) else set(value or ())


def _opens(entry):
    """Whether a statement lets everyone read something, whatever happens else."""
    principal = entry.get("Principal")
    everyone = principal == "*" or (isinstance(principal, dict) and "*" in _as_set(principal.get("AWS")))
    reads = _as_set(entry.get("Action")) & {"s3:GetObject", "s3:Get*", "s3:*", "*"}
    return bool(everyone and reads and entry.get("Effect") == "Allow" and not entry.get("Condition"))


def _says(entry, statement):
    """Whether `entry` says what `statement` says; services order and wrap values in their own way."""
    same = all(_as_set(entry.get(part)) == _as_set(statement.get(part)) for part in ("Resource", "NotResource"))
    return same and _opens(entry)


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
        if code not in NOT_THERE and "NoSuchCORS" not in code:
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
        if code in NOT_THERE:
            return Step(what, "cannot", "the server has CORS for all buckets only (MinIO: MINIO_API_CORS_ALLOW_ORIGIN)")
        return Step(what, "cannot", code)
    return Step(what, "done", f"allowed {', '.join(origins)}")
