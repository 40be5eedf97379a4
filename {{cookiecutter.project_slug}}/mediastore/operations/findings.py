"""What `media audit` finds, and what it says of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mediastore.backends.located import Stored

Advance = Callable[[str, int, int | None], None]


def ignore(what: str, done: int, total: int | None) -> None:
    """An `advance` that shows nothing."""


@dataclass
class Finding:
    """Something that must not be so. `fixed` and `note` are what `media audit --fix` made of it."""

    kind: str  # readable, unknown, policy, acl, file, copy, thumbnail, version, stray or unsettled
    where: str  # bucket or folder
    key: str
    why: str
    url: str = ""
    name: str = ""  # of the private file that it is, or is a copy of
    fixed: bool = False
    note: str = ""
    stored: Stored | None = field(default=None, repr=False)
    version: str | None = field(default=None, repr=False)  # of the object, where it is not the current one
    of: str = field(default="", repr=False)  # the kind that the version would be, if it were the current one
    mend: Callable | None = field(default=None, repr=False)  # what `media audit --fix` calls with the finding

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


CHECKS: set[Callable[[], Iterator[Finding]]] = set()  # an app adds what it knows of (`mediastore.filer.setup`)
