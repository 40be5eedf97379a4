"""What a command of the operator has done, or would do: the lines of `media setup` and `media repair`."""

from dataclasses import dataclass
from typing import Literal

# ok: nothing was to do. done: it is done now. would: a dry run leaves it. cannot: it failed. left: a person decides.
Outcome = Literal["ok", "done", "would", "cannot", "left"]


@dataclass(frozen=True)
class Step:
    """One thing to do, and what became of it."""

    what: str
    outcome: Outcome
    note: str = ""
