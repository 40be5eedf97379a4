"""`media repair`: finishes what an interrupted process, a failed request to S3 or `queryset.update` has left undone."""

from collections.abc import Callable, Iterator

from mediastore.operations.steps import Step

_registered: list[Callable[[bool], Iterator[Step]]] = []


def register(steps: Callable[[bool], Iterator[Step]]) -> None:
    """Let `run` call `steps(dry_run)`, which does what is left to do, or only says what that is."""
    if steps not in _registered:
        _registered.append(steps)


def run(dry_run: bool = False) -> Iterator[Step]:
    """Do everything that is left to do, or only say what that is."""
    for steps in _registered:
        yield from steps(dry_run)
