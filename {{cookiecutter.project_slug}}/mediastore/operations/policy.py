"""Bucket policies: everyone may read public files, and nobody private ones.

Our own statements have names of their own and are rewritten; those of others are left alone, and told where they open
private files. Each function gives what it is about, the outcome ("ok", "done", "would", "cannot") and a note.
"""

import hashlib
import json
from fnmatch import fnmatchcase

NAME = "MediaPublicRead"
ADVICE = "make a bucket for private files and set PRIVATE_STORAGE_DSN"
NOT_THERE = {"NotImplemented", "MethodNotAllowed", "XNotImplemented"}


def open_public(public, private, *, dry_run):
    """Let everyone read what is below the public prefix, but no private file in the same bucket."""
    bucket, prefix = public.bucket_name, _folder(public.prefix)
    what = f"anonymous reading of {bucket}/{prefix}*"
    if public.querystring_auth or public.acl in ("private", "authenticated-read"):
        return what, "ok", "is not wanted: the DSN signs the URLs or makes the files private"
    spared = _folder(private.prefix) if getattr(private, "bucket_name", None) == bucket else None
    if spared is not None and (prefix.startswith(spared) or (prefix and spared.startswith(prefix))):
        return what, "cannot", f"it would open the private files too: {ADVICE}"
    wanted = _statement(bucket, prefix, spared)
    try:
        policy = _read(public)
    except public.client.exceptions.ClientError as error:
        return what, *_unreadable(error, dry_run, "the provider has no bucket policies; it must read the objects' ACLs")
    others = [entry for entry in policy["Statement"] if entry.get("Sid") != wanted["Sid"]]
    if spared is not None and any(_opens(entry, bucket, spared) for entry in others):
        return what, "cannot", f"another statement of the bucket's policy lets everyone read private files: {ADVICE}"
    if any(_says(entry, wanted) for entry in policy["Statement"]):
        return what, "ok", "is allowed"
    if dry_run:
        return what, "would", "allow it"
    return what, *_write(public, [*others, wanted], "allowed by the bucket's policy", ADVICE if spared else "")


def close(private, public, *, dry_run, theirs=False):
    """See that nobody may read private files without a signature; what we once opened is closed again.

    With `theirs` the statements of others that open them to everyone without a condition are deleted too.
    """
    bucket, prefix = private.bucket_name, _folder(private.prefix)
    what = f"no anonymous reading of {bucket}/{prefix}*"
    try:
        policy = _read(private)
    except private.client.exceptions.ClientError as error:
        return what, *_unreadable(error, dry_run, "the provider has no bucket policies", outcome="ok")
    opening = [entry for entry in policy["Statement"] if _opens(entry, bucket, prefix)]
    deleted = [entry for entry in opening if str(entry.get("Sid", "")).startswith(NAME)]
    deleted += [entry for entry in opening if theirs and entry not in deleted and not entry.get("Condition")]
    if len(opening) > len(deleted) and not (theirs and deleted):
        return what, "cannot", "a statement of the bucket's policy allows it: delete that, or take another bucket"
    if not opening:
        return what, "ok", "is closed"
    if getattr(public, "bucket_name", None) == bucket:
        return what, "cannot", f"the bucket's public statement allows it: {ADVICE}"
    if dry_run:
        return what, "would", "delete our statement that allows it"
    return what, *_write(private, [entry for entry in policy["Statement"] if entry not in deleted], "closed again")


def _folder(prefix):
    return f"{prefix}/" if prefix else ""


def _read(storage):
    try:
        return json.loads(storage.client.get_bucket_policy(Bucket=storage.bucket_name)["Policy"])
    except storage.client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
            return {"Version": "2012-10-17", "Statement": []}
        raise


def _unreadable(error, dry_run, without, outcome="cannot"):
    code = error.response["Error"]["Code"]
    if code == "NoSuchBucket" and dry_run:
        return "would", "look when the bucket is there"
    if code in NOT_THERE:
        return outcome, without
    return "cannot", f"reading the bucket's policy failed: {code}"


def _write(storage, statements, done, advice=""):
    client, bucket = storage.client, storage.bucket_name
    try:
        if statements:
            text = json.dumps({"Version": "2012-10-17", "Statement": statements})
            client.put_bucket_policy(Bucket=bucket, Policy=text)
        else:
            client.delete_bucket_policy(Bucket=bucket)
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "AccessDenied":
            return "cannot", "refused: the key may not, or the bucket has Block Public Access on"
        return "cannot", f"the provider answered {code}" + (f": {advice}" if advice else "")
    return "done", done


def _statement(bucket, prefix, spared):
    """Everyone may read what is below `prefix`, and all but `spared` where private files lie in the same bucket.

    Its name tells the prefixes of several sites in one bucket apart.
    """
    name = NAME + (hashlib.sha256(prefix.encode()).hexdigest()[:12] if prefix else "")
    statement = {"Sid": name, "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"]}
    if spared is not None and not prefix:
        return statement | {"NotResource": [f"arn:aws:s3:::{bucket}/{spared}*"]}
    return statement | {"Resource": [f"arn:aws:s3:::{bucket}/{prefix}*"]}


def _as_set(value):
    return {value} if isinstance(value, str) else set(value or ())


def _opens(entry, bucket, prefix):
    """Whether a statement lets everyone read something below `prefix`. A condition is no reason for trust."""
    principal = entry.get("Principal")
    everyone = principal == "*" or (isinstance(principal, dict) and "*" in _as_set(principal.get("AWS")))
    reads = any(fnmatchcase("s3:getobject", action.lower()) for action in _as_set(entry.get("Action")))
    if not everyone or not (reads or "NotAction" in entry) or entry.get("Effect") != "Allow":
        return False
    root, sample = f"arn:aws:s3:::{bucket}/{prefix}", f"arn:aws:s3:::{bucket}/{prefix}any/file"
    if "NotResource" in entry:
        return not any(fnmatchcase(sample, pattern) for pattern in _as_set(entry["NotResource"]))
    return any(fnmatchcase(sample, pattern) or pattern.startswith(root) for pattern in _as_set(entry.get("Resource")))


def _says(entry, wanted):
    """Whether `entry` says what `wanted` says; services order and wrap values in their own way."""
    parts = ("Action", "Resource", "NotResource", "Condition")
    same = all(_as_set(entry.get(part)) == _as_set(wanted.get(part)) for part in parts)
    return same and entry.get("Effect") == "Allow" and entry.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
