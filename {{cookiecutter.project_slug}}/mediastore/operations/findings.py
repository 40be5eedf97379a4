"""What `media audit` reports: an `Audit` with its `Finding`s. The kinds are in `exposed`, `misplaced` and `versions`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:  # a site that starts registers checks; it needs no client for requests yet, which `mending` imports
    from mediastore.operations.mending import Mending

Advance = Callable[[str, int, int | None], None]  # is told: what is being done, how much is done, of how much
Check = Callable[[], Iterator["Finding"]]


def ignore(what: str, done: int, total: int | None) -> None:
    """An `advance` that shows nothing."""


@dataclass
class Finding:
    """Something that is wrong. Each subclass is one kind, and says in `fix` how `media audit --fix` mends it."""

    where: str  # the bucket, container or folder
    key: str
    why: str
    url: str = ""
    name: str = ""  # that of the private file: the one that is found, or the original of a copy
    fixed: bool = field(default=False, kw_only=True)
    note: str = field(default="", kw_only=True)

    kind: ClassVar[str]

    def fix(self, mending: Mending) -> None:
        """Mend the finding, and set `fixed` and `note`.

        Raises:
            OSError: the storage failed. Nothing is lost, and `fix` may be repeated.
            SuspiciousFileOperation: no storage takes the name.
        """

    @property
    def order(self) -> tuple[int, float]:
        """Findings with a lower order are mended first. `Exposed` findings come before all others, whatever this says."""
        return (3, 0)

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("kind", "where", "key", "url", "why", "fixed", "note")}


@dataclass
class Audit:
    """What one run of `media audit` has looked at and found."""

    requests: int = 0  # those without a signature
    private: int = 0  # files
    public: int = 0  # files
    warnings: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is left to mend."""
        return all(finding.fixed for finding in self.findings)


_checks: list[Check] = []


def register(check: Check) -> None:
    """Let every audit call `check()`, which finds what an extension knows to be wrong. Repeating it changes nothing."""
    if check not in _checks:
        _checks.append(check)


def registered() -> Iterator[Finding]:
    """What the registered checks find now."""
    for check in _checks:
        yield from check()
