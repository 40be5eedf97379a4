"""The statements that `media setup` writes into a bucket's policy, and how they are told from those of others.

A statement's Sid says which of several sites in one bucket it is for. Pure functions of the policy's JSON; nothing in
this module talks to S3.
"""

import hashlib
import json
from collections.abc import Iterable

from mediastore.operations.policy_json import Statement, as_set
from mediastore.operations.policy_reader import Grant
from mediastore.schemes import PRIVATE_FOLDER

NAME = "MediaPublicRead"  # how each Sid begins that `media setup` writes


def arn(bucket: str, key: str) -> str:
    """The ARN of the object `key`, which may be a pattern."""
    return f"arn:aws:s3:::{bucket}/{key}"


def public_read(bucket: str, prefix: str, spared: Iterable[str]) -> Statement:
    """The statement that lets everyone read what is below `prefix`.

    Args:
        spared: the ARNs, or patterns of ARNs, that a statement for the whole bucket leaves out. Ignored with a prefix.
    """
    sid = NAME + (hashlib.sha256(prefix.encode()).hexdigest()[:12] if prefix else "")
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"]}
    if prefix:
        return statement | {"Resource": [arn(bucket, f"{prefix}*")]}
    return statement | {"NotResource": sorted(spared)}


def without_not_resource(bucket: str, wanted: Statement) -> list[Statement]:
    """The statements that mean the same as `wanted`, without the word NotResource."""
    if "NotResource" not in wanted:
        return [wanted]
    rest = {part: value for part, value in wanted.items() if part != "NotResource"}
    denied = {"Sid": sids(wanted)[-1], "Effect": "Deny", "Resource": wanted["NotResource"]}
    return [rest | {"Resource": [arn(bucket, "*")]}, rest | denied]


def sids(wanted: Statement) -> list[str]:
    """The Sids of the statements that may stand for `wanted` in a policy."""
    return [wanted["Sid"], f"{NAME}Not"] if wanted["Sid"] == NAME else [wanted["Sid"]]


def all_spared(statements: Iterable[Statement], bucket: str, spared: str | None) -> set[str]:
    """The ARNs that a statement for the whole bucket has to spare: what is private now, and what was spared before.

    Args:
        spared: the folder of private files in this bucket, with its slash; None or "" if there is none.
    """
    found = {arn(bucket, f"{PRIVATE_FOLDER}/*")} | ({arn(bucket, f"{spared}*")} if spared else set())
    for entry in statements:
        if is_from_setup(entry):
            found |= as_set(entry.get("NotResource"))
            found |= as_set(entry.get("Resource")) if entry.get("Effect") == "Deny" else set()
    return found


def is_from_setup(entry: Statement) -> bool:
    """Whether `media setup` has written the statement, for this site or for another one in the same bucket."""
    return str(entry.get("Sid", "")).startswith(NAME)


def narrowed(entry: Statement, bucket: str, prefix: str) -> Statement:
    """A statement of `media setup` for a whole bucket, without what is below `prefix`. Any other statement as it is.

    A statement with a condition stays as it is too: a person has added that, so that it opens less.
    """
    is_whole = entry.get("NotResource") or as_set(entry.get("Resource")) == {arn(bucket, "*")}
    is_unchanged = entry.get("Sid") == NAME and entry.get("Effect") == "Allow" and not entry.get("Condition")
    if not (prefix and is_whole and is_unchanged):
        return entry
    spared = as_set(entry.get("NotResource")) | {arn(bucket, f"{folder}*") for folder in (prefix, f"{PRIVATE_FOLDER}/")}
    rest = {part: value for part, value in entry.items() if part not in ("Resource", "NotResource")}
    return rest | {"NotResource": sorted(spared)}


def without(entry: Statement, opening: list[Grant], bucket: str, prefix: str, *, foreign: bool) -> Statement | None:
    """`entry` without what opens the files below `prefix`: None if nothing is left, `entry` itself if that cannot be.

    Args:
        opening: the grants of this statement.
        foreign: whether a statement that `media setup` has not written may be changed. Even then one that depends on
            where a request comes from is left to a person.
    """
    is_for_some_networks = any(grant.condition == "network" for grant in opening)
    if not is_from_setup(entry) and (not foreign or is_for_some_networks):
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


def same(before: list[Statement], after: list[Statement]) -> bool:
    """Whether both lists of statements mean the same. Services change the order, and wrap single values in lists."""

    def plain(entry: Statement) -> tuple[str, dict[str, frozenset[str]]]:
        principal = entry.get("Principal")
        everyone = principal in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        parts = {
            part: frozenset(as_set(entry.get(part))) for part in ("Action", "NotAction", "Resource", "NotResource")
        }
        rest = {name: value for name, value in entry.items() if name not in (*parts, "Principal")}
        return json.dumps([rest, "*" if everyone else principal], sort_keys=True, default=str), parts

    return len(before) == len(after) and all(any(plain(entry) == plain(other) for other in before) for entry in after)
