"""The JSON of bucket policies. One meaning can be written in several ways, which these functions make one."""

from typing import Any

Policy = dict[str, Any]
Statement = dict[str, Any]

WORDS = "Version Statement Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition".split()
AS_AWS_WRITES = {word.lower(): word for word in WORDS}


def policy_statements(policy: Policy) -> list[Statement]:
    """The statements of `policy`, which may hold a single one without a list."""
    statements = policy.get("Statement") or []
    return [statements] if isinstance(statements, dict) else statements


def canonical(policy: Policy) -> Policy:
    """`policy` with its words as AWS writes them: versitygw accepts `effect` for `Effect`, and returns it unchanged."""
    policy = _with_known_words(policy)
    return policy | {"Statement": [_with_known_words(entry) for entry in policy_statements(policy)]}


def as_set(value: Any) -> set[str]:
    """`value` as a set. Policies may write a list of one as its element."""
    return {value} if isinstance(value, str) else set(value or ())


def _with_known_words(part: dict[str, Any]) -> dict[str, Any]:
    return {AS_AWS_WRITES.get(word.lower(), word): value for word, value in part.items()}
