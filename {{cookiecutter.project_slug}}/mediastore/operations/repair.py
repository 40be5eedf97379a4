"""`media repair`: finishes what an interrupted process, a failed request to S3 or `queryset.update` has left undone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass
class Step:
    """Something to do. `outcome` is done, would (in a dry run), cannot, or left to a person."""

    what: str
    outcome: str
    note: str = ""


STEPS: set[Callable[[bool], Iterator[Step]]] = set()  # an app adds what it knows of (`mediastore.filer.setup`)


def run(dry_run: bool = False) -> Iterator[Step]:
    """Do everything that is left to do, or only say what that is."""
    for steps in STEPS:
        yield from steps(dry_run)
