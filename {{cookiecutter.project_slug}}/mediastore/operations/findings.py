"""What `media audit` finds, and what it says of it. The kinds are in `exposed`, `misplaced` and `versions`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:  # the checks of an extension are registered when a site starts, which needs no client for requests
    from mediastore.operations.mending import Mending

Advance = Callable[[str, int, int | None], None]


def ignore(what: str, done: int, total: int | None) -> None:
    """An `advance` that shows nothing."""


@dataclass
class Finding:
    """Something that must not be so. A subclass is one kind of it, and says how `media audit --fix` mends it."""

    where: str  # bucket or folder
    key: str
    why: str
    url: str = ""
    name: str = ""  # of the private file that it is, or is a copy of
    fixed: bool = field(default=False, kw_only=True)
    note: str = field(default="", kw_only=True)

    kind: ClassVar[str]

    def fix(self, mending: Mending) -> None:
        """Mend it, and say in `fixed` and `note` what became of it.

        Raises:
            OSError: the storage failed. Nothing is lost, and it may be repeated.
            SuspiciousFileOperation: no storage takes the name.
        """

    @property
    def order(self) -> tuple[int, float]:
        """Findings with a lower one are mended first. What is exposed comes before all of them."""
        return (3, 0)

    def as_dict(self) -> dict:
        return {name: getattr(self, name) for name in ("kind", "where", "key", "url", "why", "fixed", "note")}


@dataclass
class Audit:
    """What was looked at, and what was found."""

    requests: int = 0
    private: int = 0
    public: int = 0
    warnings: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return all(finding.fixed for finding in self.findings)


_checks: list[Callable[[], Iterator[Finding]]] = []


def register(check: Callable[[], Iterator[Finding]]) -> None:
    """Let every audit call `check()`, which gives what an extension has found."""
    if check not in _checks:
        _checks.append(check)


def registered() -> Iterator[Finding]:
    """What the checks that are registered find now."""
    for check in _checks:
        yield from check()
