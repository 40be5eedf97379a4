"""Our own statements in a bucket's policy: what they say, and how they are told from those of others.

Their names tell several sites in one bucket apart. Pure functions of the policy's JSON; nothing here talks to S3.
"""

import hashlib
import json

from mediastore.operations.policy_reader import as_set
from mediastore.schemes import PRIVATE_FOLDER

NAME = "MediaPublicRead"


def folder(prefix):
    """A prefix as keys begin with it: "site/" for "site", and "" for a whole bucket."""
    return f"{prefix}/" if prefix else ""


def arn(bucket, key):
    """The name that policies have for the object `key`, which may be a pattern."""
    return f"arn:aws:s3:::{bucket}/{key}"


def public_read(bucket, prefix, spared):
    """Everyone may read what is below `prefix`; where that is the whole bucket, all but the patterns in `spared`."""
    name = NAME + (hashlib.sha256(prefix.encode()).hexdigest()[:12] if prefix else "")
    statement = {"Sid": name, "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"]}
    if prefix:
        return statement | {"Resource": [arn(bucket, f"{prefix}*")]}
    return statement | {"NotResource": sorted(spared)}


def without_not_resource(bucket, wanted):
    """The statements that say what `wanted` says, without the word NotResource."""
    if "NotResource" not in wanted:
        return [wanted]
    rest = {part: value for part, value in wanted.items() if part != "NotResource"}
    denied = {"Sid": sids(wanted)[-1], "Effect": "Deny", "Resource": wanted["NotResource"]}
    return [rest | {"Resource": [arn(bucket, "*")]}, rest | denied]


def sids(wanted):
    """The names of the statements that stand for `wanted`."""
    return [wanted["Sid"], f"{NAME}Not"] if wanted["Sid"] == NAME else [wanted["Sid"]]


def all_spared(statements, bucket, spared):
    """What a statement for the whole bucket has to spare: what is private now, and whatever was spared before."""
    found = {arn(bucket, f"{PRIVATE_FOLDER}/*")} | ({arn(bucket, f"{spared}*")} if spared else set())
    for entry in statements:
        if is_ours(entry):
            found |= as_set(entry.get("NotResource"))
            found |= as_set(entry.get("Resource")) if entry.get("Effect") == "Deny" else set()
    return found


def is_ours(entry):
    """Whether a site of this kind has made the statement, this one or another in the same bucket."""
    return str(entry.get("Sid", "")).startswith(NAME)


def narrowed(entry, bucket, prefix):
    """A statement of ours for a whole bucket without what lies below `prefix`; any other statement as it is."""
    if not prefix or entry.get("Sid") != NAME or entry.get("Effect") != "Allow":
        return entry
    spared = as_set(entry.get("NotResource")) | {arn(bucket, f"{place}*") for place in (prefix, f"{PRIVATE_FOLDER}/")}
    rest = {part: value for part, value in entry.items() if part not in ("Resource", "NotResource")}
    return rest | {"NotResource": sorted(spared)}


def may_be_deleted(opening, bucket, prefix, theirs):
    """Whether a statement, which `opening` tells of, opens nothing that is to stay open."""
    entry = opening[0].statement
    inside = not entry.get("NotResource") and all(
        pattern.partition(f":::{bucket}/")[2].startswith(prefix) for pattern in as_set(entry.get("Resource"))
    )
    if is_ours(entry):
        return not prefix or inside
    return theirs and all(grant.condition != "network" for grant in opening)


def same(before, after):
    """Whether the statements say the same; services order and wrap values in their own way."""

    def plain(entry):
        principal = entry.get("Principal")
        everyone = principal in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        parts = {
            part: frozenset(as_set(entry.get(part))) for part in ("Action", "NotAction", "Resource", "NotResource")
        }
        rest = {name: value for name, value in entry.items() if name not in (*parts, "Principal")}
        return json.dumps([rest, "*" if everyone else principal], sort_keys=True, default=str), parts

    return len(before) == len(after) and all(any(plain(entry) == plain(other) for other in before) for entry in after)
