"""What a command of the operator did, or would do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One thing to do. `outcome` is ok (nothing to do), done, would (in a dry run), cannot, or left (to a person)."""

    what: str
    outcome: str
    note: str = ""
