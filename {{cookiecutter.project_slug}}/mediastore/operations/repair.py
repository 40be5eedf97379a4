"""`media repair`: finishes what an interrupted process, a failed request to S3 or `queryset.update` has left undone.

Extensions register what they have to finish.
"""

from collections.abc import Callable, Iterator

from mediastore.operations.steps import Step

Steps = Callable[[bool], Iterator[Step]]

_registered: list[Steps] = []


def register(steps: Steps) -> None:
    """Let `run` call `steps(dry_run)`, which does what is left to do. Repeating it changes nothing.

    In a dry run `steps` only says what it would do.
    """
    if steps not in _registered:
        _registered.append(steps)


def run(dry_run: bool = False) -> Iterator[Step]:
    """Do everything that is left to do; in a dry run only say what that is."""
    for steps in _registered:
        yield from steps(dry_run)
