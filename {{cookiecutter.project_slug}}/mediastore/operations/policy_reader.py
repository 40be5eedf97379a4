"""What a bucket policy lets everyone do. Pure functions of the policy's JSON; nothing here talks to S3.

"Everyone" is whoever sends a request without a signature. Where a policy leaves a doubt, the answer is that it opens:
a false alarm costs a look, a false "is closed" costs a private file.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mediastore.operations.policy_json import as_set, policy_statements
from mediastore.operations.wildcards import covers, matches, reaches

# What the actions on objects and on buckets amount to.
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
# Actions that may be anybody's. Of a name that is neither here nor above nobody knows here what it lets do.
HARMLESS = {"s3:getbucketlocation", "s3:getobjecttagging", "s3:getobjectversiontagging", "s3:getobjectacl"}
PARTITIONS = ("arn:aws:s3:::", "arn:aws-cn:s3:::", "arn:aws-us-gov:s3:::", "")

# Keys that requests without a signature do not have. A condition that compares one of them with a fixed value fails.
SIGNED = {"aws:principalorgid", "aws:principalaccount", "aws:principalarn", "aws:userid"}
COMPARES = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}
# Keys that tell where a request comes from. A client cannot make these up, unlike a Referer or a User-Agent.
NETWORK = {"aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcearn", "aws:sourceaccount"}


@dataclass(frozen=True)
class Grant:
    """Something that one statement lets everyone do. `what` is read, write, delete, list or control.

    `condition` is "" for always, "forgeable" where a client can meet the condition by what it sends, "network" where it
    depends on where the request comes from, and "signed" where the service, if it looks, asks for a signature.
    """

    statement: dict
    what: str
    condition: str = ""

    def __str__(self):
        name = self.statement.get("Sid") or "a statement without Sid"
        deed = {
            "read": "read files",
            "write": "write files",
            "delete": "delete files",
            "list": "list names",
            "control": "change or delete the bucket, or what is not known here",
        }[self.what]
        under = {
            "": "",
            "forgeable": " under a condition that every client can meet",
            "network": " from some networks",
            "signed": " where the service ignores its condition",
        }
        return f"{name} lets everyone {deed}{under[self.condition]}"


def grants(policy: dict, bucket: str, prefix: str = "", *, is_aws: bool = False) -> list[Grant]:
    """What `policy` lets everyone do with the objects of `bucket` whose keys begin with `prefix`, or with the bucket.

    Args:
        prefix: the folder of a site's files, with its slash; "" for the whole bucket.
        is_aws: whether the bucket is on AWS. Other services may ignore conditions (versitygw does), so that a condition
            which no anonymous request can meet is trusted on AWS alone.
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
        opens = {"objects": _opens_objects(entry, bucket, prefix), "bucket": _names(entry, bucket)}
        for actions, on in ((OBJECT_ACTIONS, "objects"), (BUCKET_ACTIONS, "bucket")):
            for what, names in actions.items() if opens[on] else ():
                allowed = [name for name in names if _has_action(entry, name)]
                if any(not _is_denied(denials, name, bucket, prefix, on) for name in allowed):
                    found.append(Grant(entry, what, condition))
        if any(opens.values()) and _has_unknown_action(entry):
            found.append(Grant(entry, "control", condition))
    return list({(id(grant.statement), grant.what): grant for grant in found}.values())


def opens_key(policy: dict, bucket: str, key: str) -> bool:
    """Whether `policy` lets everyone read the object `key`, and no condition is asked for."""

    statements = [entry for entry in policy_statements(policy) if _names(entry, f"{bucket}/{key}")]
    allowed = any(
        entry.get("Effect") == "Allow"
        and _is_everyone(entry)
        and not entry.get("Condition")
        and _has_action(entry, "s3:GetObject")
        for entry in statements
    )
    denied = any(entry.get("Effect") == "Deny" and _has_action(entry, "s3:GetObject") for entry in statements)
    return allowed and not denied


def _principals(entry: dict) -> set[str]:
    principal = entry.get("Principal")
    if isinstance(principal, dict):
        return set().union(*(as_set(value) for value in principal.values()))
    return as_set(principal)


def _is_anyone(entry: dict) -> bool:
    """Whether an Allow holds for requests without a signature. MinIO takes "" and "?" for them too."""
    if entry.get("NotPrincipal"):  # everyone but those who are named
        return True
    return any(not value.strip("*?") for value in _principals(entry))


def _is_everyone(entry: dict) -> bool:
    """Whether a statement surely holds for everyone."""
    return not entry.get("NotPrincipal") and any(value and not value.strip("*") for value in _principals(entry))


def _condition(entry: dict) -> str:
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


def _has_action(entry: dict, action: str) -> bool:
    """Whether a statement is about `action`. What it allows is read without regard to case, what it forbids is not."""
    if entry.get("Effect") != "Deny":
        action = action.lower()
    fold = str if entry.get("Effect") == "Deny" else str.lower
    if entry.get("NotAction"):
        return not any(matches(fold(pattern), action) for pattern in as_set(entry["NotAction"]))
    return any(matches(fold(pattern), action) for pattern in as_set(entry.get("Action")))


def _has_unknown_action(entry: dict) -> bool:
    patterns = {pattern.lower() for pattern in as_set(entry.get("Action"))}
    return any(not any(matches(pattern, name) for name in KNOWN | HARMLESS) for pattern in patterns)


def _patterns(entry: dict, part: str) -> Iterable[str]:
    """The resources of a statement without their ARN; a policy variable may stand for anything."""
    for pattern in as_set(entry.get(part)):
        pieces = pattern.split("${")
        yield pieces[0] + "".join("*" + piece.partition("}")[2] for piece in pieces[1:])


def _resources(start: str) -> list[str]:
    return [f"{partition}{start}" for partition in PARTITIONS]


def _opens_objects(entry: dict, bucket: str, prefix: str) -> bool:
    starts = _resources(f"{bucket}/{prefix}")
    if entry.get("NotResource"):
        return not any(covers(pattern, start) for pattern in _patterns(entry, "NotResource") for start in starts)
    return any(reaches(pattern, start) for pattern in _patterns(entry, "Resource") for start in starts)


def _names(entry: dict, resource: str) -> bool:
    if entry.get("NotResource"):
        patterns = list(_patterns(entry, "NotResource"))
        return not any(matches(pattern, name) for pattern in patterns for name in _resources(resource))
    return any(matches(pattern, name) for pattern in _patterns(entry, "Resource") for name in _resources(resource))


def _is_denied(denials: list[dict], action: str, bucket: str, prefix: str, on: str) -> bool:
    """Whether a statement without a condition forbids everyone the action, on all that it is asked for."""
    for entry in denials:
        if not _is_everyone(entry) or not _has_action(entry, action):
            continue
        if on == "bucket":
            if _names(entry, bucket):
                return True
        elif not entry.get("NotResource"):
            starts = _resources(f"{bucket}/{prefix}")
            if any(covers(pattern, start) for pattern in as_set(entry.get("Resource")) for start in starts):
                return True
    return False
