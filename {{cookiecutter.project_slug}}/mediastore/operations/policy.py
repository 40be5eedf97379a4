"""Bucket policies: everyone may read public files, and nobody private ones.

What our own statements spare is kept: the policy is where it is written down which places were private once.
Statements of others are left alone, and told where they open private files. `open_public` and `close` give what they are
about, the outcome ("ok", "done", "would", "cannot") and a note.
"""

import json

from mediastore.operations import openness
from mediastore.operations.policy_reader import as_set, grants, policy_statements
from mediastore.operations.statements import (
    all_spared,
    folder,
    is_ours,
    may_be_deleted,
    narrowed,
    public_read,
    same,
    sids,
    without_not_resource,
)
from mediastore.schemes import PRIVATE_FOLDER

ADVICE = "make a bucket for private files and set PRIVATE_STORAGE_DSN"
NOT_THERE = {"NotImplemented", "MethodNotAllowed", "XNotImplemented"}
FORCE = "`manage.py media setup --force` does it all the same"


def open_public(public, private, *, shared, dry_run, force=False):
    """Let everyone read what is below the public prefix, but no private file, of this site or of another.

    Below the root of a bucket `private/` is always spared: there lie the private files of every site that has, or had,
    no PRIVATE_STORAGE_DSN. So is what an earlier statement of ours spared.

    Args:
        shared: whether the private storage lies in the same bucket.
        force: open the bucket also where it has files that this site cannot account for.
    """
    bucket, prefix = public.bucket_name, folder(public.prefix)
    what = f"anonymous reading of {bucket}/{prefix}*"
    if public.querystring_auth or public.acl in ("private", "authenticated-read"):
        return what, "ok", "is not wanted: the DSN signs the URLs or makes the files private"
    spared = folder(private.prefix) if shared else None
    if spared is not None and (prefix.startswith(spared) or (prefix and spared.startswith(prefix))):
        return what, "cannot", f"it would open the private files too: {ADVICE}"
    if prefix.startswith(f"{PRIVATE_FOLDER}/"):
        note = (
            f"below {PRIVATE_FOLDER}/ lie the private files of sites without PRIVATE_STORAGE_DSN; take another prefix"
        )
        return what, "cannot", note
    try:
        policy = read(public)
    except public.client.exceptions.ClientError as error:
        return what, *_unreadable(error, dry_run, "the provider has no bucket policies; it must read the objects' ACLs")
    before = policy_statements(policy)
    wanted = public_read(bucket, prefix, all_spared(before, bucket, spared))
    others = [entry for entry in before if entry.get("Sid") not in sids(wanted)]
    if spared is not None:
        others = [narrowed(entry, bucket, spared) for entry in others]
        if opening := grants({"Statement": others}, bucket, spared, is_aws=public.is_aws):
            return what, "cannot", f"the bucket's policy opens private files: {_listed(opening)}. {ADVICE}"
    if any(same(before, [*others, *ours]) for ours in ([wanted], without_not_resource(bucket, wanted))):
        return what, "ok", "is allowed"
    is_new = not any(entry.get("Sid") == wanted["Sid"] for entry in before)
    if is_new and not force and (key := openness.unaccounted(public, spared, policy)):
        note = (
            f"the bucket holds files that nobody can read without a signature, and that no row calls public, such as "
            f"{key!r}. Is it the right bucket in {_variable(public)}? If all of them are to be public, {FORCE}"
        )
        return what, "cannot", note
    if dry_run:
        return what, "would", "allow it"
    outcome, note = _write(public, [*others, wanted], "allowed by the bucket's policy", ADVICE if spared else "")
    if outcome == "cannot" and "NotResource" in wanted and spared is None and "MalformedPolicy" in note:
        outcome, note = _open_all_but(public, others, wanted)
    return what, outcome, note


def close(private, *, shared, dry_run, theirs=False, force=False):
    """See that nobody may do anything with private files without a signature; what we once opened is closed again.

    Args:
        shared: whether the bucket has public files too.
        theirs: delete the statements of others too, where the bucket has no public files, unless they depend on where
            a request comes from.
        force: delete our own statement from a bucket that has files which no row of this site names.
    """
    bucket, prefix = private.bucket_name, folder(private.prefix)
    what = f"no anonymous reading of {bucket}/{prefix}*"
    try:
        policy = read(private)
    except private.client.exceptions.ClientError as error:
        return what, *_unreadable(error, dry_run, "the provider has no bucket policies", outcome="ok")
    opening = grants(policy, bucket, prefix, is_aws=private.is_aws)
    if not opening:
        return what, "ok", "is closed"
    if not (prefix or theirs or force) and any(is_ours(grant.statement) for grant in opening):
        if key := openness.unknown(private):
            note = (
                f"everyone may read the bucket, and it holds files that no row of this site names, such as {key!r}. Is it "
                f"the right bucket in {_variable(private)}? If its files are to be private, {FORCE}"
            )
            return what, "cannot", note
    after = []
    for entry in policy_statements(policy):
        mine = [grant for grant in opening if grant.statement is entry]
        if mine and not may_be_deleted(mine, bucket, prefix, theirs=theirs and not shared):
            entry = narrowed(entry, bucket, prefix)
        elif mine:
            continue
        after.append(entry)
    left = grants({"Statement": after}, bucket, prefix, is_aws=private.is_aws)
    advice = f"{_listed(left)}: delete that from the bucket's policy, or take another bucket" if left else ""
    if same(policy_statements(policy), after):
        return what, "cannot", advice
    if dry_run:
        return what, "would", "take out of our statements what allows it"
    outcome, note = _write(private, after, "closed again")
    return (what, "cannot", advice) if left and outcome == "done" else (what, outcome, note)


def read(storage) -> dict:
    """The policy of the bucket of `storage`; one without statements where there is none.

    Raises:
        ClientError: S3 does not let it be read.
    """
    try:
        return json.loads(storage.client.get_bucket_policy(Bucket=storage.bucket_name)["Policy"])
    except storage.client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
            return {"Version": "2012-10-17", "Statement": []}
        raise


def spared_folders(public) -> set[str]:
    """The folders of the public bucket, with their slash, in which the policy tells of private files, now or before.

    Those that our statements spare, and for each site with a folder of its own the one beside it. Only `private/` where
    S3 does not let the policy be read.
    """
    try:
        statements = policy_statements(read(public))
    except public.client.exceptions.ClientError:
        statements = []
    opened = set().union(*(as_set(entry.get("Resource")) for entry in statements if is_ours(entry)))
    places = [("", all_spared(statements, public.bucket_name, None)), (f"{PRIVATE_FOLDER}/", opened)]
    found = ((above, pattern.partition(f":::{public.bucket_name}/")[2]) for above, those in places for pattern in those)
    return {f"{above}{key}".removesuffix("*") for above, key in found if key.endswith("/*")}


def _variable(storage):
    return "PRIVATE_STORAGE_DSN" if storage.is_private else "DEFAULT_STORAGE_DSN"


def _listed(opening):
    return "; ".join(sorted({str(grant) for grant in opening}))


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


def _open_all_but(public, others, wanted):
    """For services without NotResource (versitygw): allow all, and forbid what is spared, where nothing lies there."""
    bucket = public.bucket_name
    for pattern in wanted["NotResource"]:
        place = pattern.partition(f":::{bucket}/")[2].rstrip("*")
        if public.client.list_objects_v2(Bucket=bucket, Prefix=place, MaxKeys=1).get("KeyCount"):
            note = f"the provider knows no NotResource, so {place} cannot be spared: move it to another bucket"
            return "cannot", note
    return _write(public, [*others, *without_not_resource(bucket, wanted)], "allowed by the bucket's policy")
