"""Reads from a bucket policy what it lets everyone do. Pure functions of the policy's JSON; nothing talks to S3.

"Everyone" is whoever sends a request without a signature. If it is not certain what a policy means, the answer is that
it opens the files: a false alarm costs a look, a false "is closed" costs a private file.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mediastore.operations.policy_json import Policy, Statement, as_set, policy_statements
from mediastore.operations.wildcards import covers, matches, reaches

# What an anonymous client can do by the actions on objects, and on buckets.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
OBJECT_ACTIONS = {
    "read": ("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTorrent", "s3:GetObjectAttributes"),
    "write": ("s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
    "delete": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
}
BUCKET_ACTIONS = {
    "list": ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
    "control": (
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
        "s3:PutBucketAcl",
        "s3:DeleteBucket",
        "s3:ForceDeleteBucket",
    ),
}
KNOWN = {name.lower() for actions in (OBJECT_ACTIONS, BUCKET_ACTIONS) for names in actions.values() for name in names}
# Actions that everyone may be allowed. One that is neither in these nor in the lists above counts as control.
HARMLESS = {"s3:getbucketlocation", "s3:getobjecttagging", "s3:getobjectversiontagging", "s3:getobjectacl"}
PARTITIONS = ("arn:aws:s3:::", "arn:aws-cn:s3:::", "arn:aws-us-gov:s3:::", "")

# Condition keys that a request without a signature does not have. A comparison of one with a fixed value fails for it.
SIGNED = {"aws:principalorgid", "aws:principalaccount", "aws:principalarn", "aws:userid"}
COMPARES = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}
# Condition keys that say where a request comes from. A client cannot forge these, unlike a Referer or a User-Agent.
NETWORK = {"aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcearn", "aws:sourceaccount"}


@dataclass(frozen=True)
class Grant:
    """Something that one statement lets everyone do. `what` is read, write, delete, list or control.

    `condition` says when: "" is always; "forgeable" is for clients that send the right headers; "network" depends on
    where the request comes from; "signed" is never, unless the service ignores the condition.
    """

    statement: Statement
    what: str
    condition: str = ""

    def __str__(self) -> str:
        name = self.statement.get("Sid") or "a statement without Sid"
        deed = {
            "read": "read files",
            "write": "write files",
            "delete": "delete files",
            "list": "list names",
            "control": "change or delete the bucket, or use an action that this program does not know",
        }[self.what]
        under = {
            "": "",
            "forgeable": " under a condition that every client can meet",
            "network": " from some networks",
            "signed": " where the service ignores its condition",
        }
        return f"{name} lets everyone {deed}{under[self.condition]}"


def grants(policy: Policy, bucket: str, prefix: str = "", *, is_aws: bool = False) -> list[Grant]:
    """What `policy` lets everyone do with the objects of `bucket` whose keys begin with `prefix`, or with the bucket.

    Args:
        prefix: the folder of a site's files, with its slash; "" for the whole bucket.
        is_aws: whether the bucket is on AWS. Other services may ignore conditions (versitygw does). So only on AWS a
            condition that no anonymous request can meet closes the files.
    """
    statements = policy_statements(policy)
    denials = [entry for entry in statements if entry.get("Effect") == "Deny" and not entry.get("Condition")]
    found = []
    for entry in statements:
        if entry.get("Effect") != "Allow" or not _is_anyone(entry):
            continue
        condition = _condition(entry)
        if condition == "signed" and is_aws:
            continue
        opens = {"objects": _opens_objects(entry, bucket, prefix), "bucket": _is_about(entry, bucket)}
        for actions, on in ((OBJECT_ACTIONS, "objects"), (BUCKET_ACTIONS, "bucket")):
            for what, names in actions.items() if opens[on] else ():
                allowed = [name for name in names if _has_action(entry, name)]
                if any(not _is_denied(denials, name, bucket, prefix, on) for name in allowed):
                    found.append(Grant(entry, what, condition))
        if any(opens.values()) and _has_unknown_action(entry):
            found.append(Grant(entry, "control", condition))
    return list({(id(grant.statement), grant.what): grant for grant in found}.values())


def opens_key(policy: Policy, bucket: str, key: str) -> bool:
    """Whether `policy` lets everyone read the object `key` without any condition."""
    statements = [entry for entry in policy_statements(policy) if _is_about(entry, f"{bucket}/{key}")]
    allowed = any(
        entry.get("Effect") == "Allow"
        and _is_everyone(entry)
        and not entry.get("Condition")
        and _has_action(entry, "s3:GetObject")
        for entry in statements
    )
    denied = any(entry.get("Effect") == "Deny" and _has_action(entry, "s3:GetObject") for entry in statements)
    return allowed and not denied


def _principals(entry: Statement) -> set[str]:
    principal = entry.get("Principal")
    if isinstance(principal, dict):
        return {name for value in principal.values() for name in as_set(value)}
    return as_set(principal)


def _is_anyone(entry: Statement) -> bool:
    """Whether an Allow may hold for requests without a signature. MinIO reads "" and "?" as everyone too."""
    if entry.get("NotPrincipal"):  # everyone but those who are named
        return True
    return any(not value.strip("*?") for value in _principals(entry))


def _is_everyone(entry: Statement) -> bool:
    """Whether a statement surely holds for everyone."""
    return not entry.get("NotPrincipal") and any(value and not value.strip("*") for value in _principals(entry))


def _condition(entry: Statement) -> str:
    """The `condition` of a Grant. All parts of a statement's condition have to be met."""
    network = False
    for operator, values in (entry.get("Condition") or {}).items():
        operator = operator.lower().removeprefix("foranyvalue:")
        for key, value in values.items():
            key = key.lower()
            fixed = all(text and not set(text) & set("*?$") for text in as_set(value))
            if operator in COMPARES and key in SIGNED and value and fixed:
                return "signed"
            nearly_all = (
                "not" in operator or operator.endswith("ifexists") or as_set(value) & {"0.0.0.0/0", "::/0", "*"}
            )
            network = network or (key in NETWORK and not nearly_all)
    if not entry.get("Condition"):
        return ""
    return "network" if network else "forgeable"


def _has_action(entry: Statement, action: str) -> bool:
    """Whether a statement is about `action`. Case matters only in a Deny, which counts only if it surely holds."""
    fold = str if entry.get("Effect") == "Deny" else str.lower
    action = fold(action)
    if entry.get("NotAction"):
        return not any(matches(fold(pattern), action) for pattern in as_set(entry["NotAction"]))
    return any(matches(fold(pattern), action) for pattern in as_set(entry.get("Action")))


def _has_unknown_action(entry: Statement) -> bool:
    patterns = {pattern.lower() for pattern in as_set(entry.get("Action"))}
    return any(not any(matches(pattern, name) for name in KNOWN | HARMLESS) for pattern in patterns)


def _patterns(entry: Statement, part: str) -> Iterable[str]:
    """The patterns of a statement's resources. A policy variable, `${…}`, becomes `*`: it may stand for anything."""
    for pattern in as_set(entry.get(part)):
        pieces = pattern.split("${")
        yield pieces[0] + "".join("*" + piece.partition("}")[2] for piece in pieces[1:])


def _resources(start: str) -> list[str]:
    return [f"{partition}{start}" for partition in PARTITIONS]


def _opens_objects(entry: Statement, bucket: str, prefix: str) -> bool:
    starts = _resources(f"{bucket}/{prefix}")
    if entry.get("NotResource"):
        return not any(covers(pattern, start) for pattern in _patterns(entry, "NotResource") for start in starts)
    return any(reaches(pattern, start) for pattern in _patterns(entry, "Resource") for start in starts)


def _is_about(entry: Statement, resource: str) -> bool:
    if entry.get("NotResource"):
        patterns = list(_patterns(entry, "NotResource"))
        return not any(matches(pattern, name) for pattern in patterns for name in _resources(resource))
    return any(matches(pattern, name) for pattern in _patterns(entry, "Resource") for name in _resources(resource))


def _is_denied(denials: list[Statement], action: str, bucket: str, prefix: str, on: str) -> bool:
    """Whether a statement without a condition denies everyone the action, on the bucket or on all objects of `prefix`."""
    for entry in denials:
        if not _is_everyone(entry) or not _has_action(entry, action):
            continue
        if on == "bucket":
            if _is_about(entry, bucket):
                return True
        elif not entry.get("NotResource"):
            starts = _resources(f"{bucket}/{prefix}")
            if any(covers(pattern, start) for pattern in as_set(entry.get("Resource")) for start in starts):
                return True
    return False
