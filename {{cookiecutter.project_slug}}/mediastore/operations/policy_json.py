"""The JSON of bucket policies, which is written in several ways."""


def policy_statements(policy: dict) -> list[dict]:
    """The statements of `policy`, which may hold a single one without a list."""
    statements = policy.get("Statement") or []
    return [statements] if isinstance(statements, dict) else statements


def canonical(policy: dict) -> dict:
    """`policy` with its words as AWS writes them: versitygw takes `effect` for `Effect`, and gives it back so."""
    words = (
        "Version Statement Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition".split()
    )
    known = {word.lower(): word for word in words}

    def named(part):
        return {known.get(name.lower(), name): value for name, value in part.items()}

    policy = named(policy)
    return policy | {"Statement": [named(entry) for entry in policy_statements(policy)]}


def as_set(value) -> set:
    """`value` as a set; policies write a list of one as its element."""
    return {value} if isinstance(value, str) else set(value or ())
