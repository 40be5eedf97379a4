"""Our own statements in a bucket's policy: what they say, and how they are told from those of others.

Their names tell several sites in one bucket apart. Pure functions of the policy's JSON; nothing here talks to S3.
"""

import hashlib
import json

from mediastore.operations.policy_json import as_set
from mediastore.schemes import PRIVATE_FOLDER

NAME = "MediaPublicRead"


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
    """A statement of ours for a whole bucket without what lies below `prefix`; any other statement as it is.

    So is one that somebody has changed by hand: it may open less than ours would.
    """
    is_whole = entry.get("NotResource") or as_set(entry.get("Resource")) == {arn(bucket, "*")}
    if not (prefix and is_whole and entry.get("Sid") == NAME and entry.get("Effect") == "Allow") or entry.get(
        "Condition"
    ):
        return entry
    spared = as_set(entry.get("NotResource")) | {arn(bucket, f"{place}*") for place in (prefix, f"{PRIVATE_FOLDER}/")}
    rest = {part: value for part, value in entry.items() if part not in ("Resource", "NotResource")}
    return rest | {"NotResource": sorted(spared)}


def without(entry, opening, bucket, prefix, theirs):
    """`entry` without what opens the files below `prefix`; None where nothing is left, `entry` where that cannot be.

    Args:
        opening: the grants of this statement.
        theirs: whether a statement of somebody else may be changed. One that depends on where a request comes from is
            left to a person.
    """
    if not is_ours(entry) and (not theirs or any(grant.condition == "network" for grant in opening)):
        return entry
    if not prefix:
        return None
    if (less := narrowed(entry, bucket, prefix)) is not entry:
        return less
    resources = as_set(entry.get("Resource"))
    left = {pattern for pattern in resources if not pattern.partition(f":::{bucket}/")[2].startswith(prefix)}
    if entry.get("NotResource") or left == resources:
        return entry
    return entry | {"Resource": sorted(left)} if left else None


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
