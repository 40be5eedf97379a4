"""`media audit`: which private files everyone can read, proven by requests without a signature.

It asks for every object of the private storage, and searches the public one for what belongs there
(`mediastore.operations.belonging`). A restore, or a copy by a provider's tools, leaves just that behind.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.core.files.storage import storages

from mediastore.backends.missing import MissingStorage
from mediastore.operations import anonymous, stored
from mediastore.operations.belonging import Belonging
from mediastore.operations.stored import Stored

Advance = Callable[[str, int, int | None], None]


@dataclass
class Finding:
    """Something that must not be so. `fixed` and `note` are what `media audit --fix` made of it."""

    kind: str  # readable, unknown, file, copy, thumbnail or unpublished
    where: str  # bucket or folder
    key: str
    why: str
    url: str = ""
    name: str = ""  # of the private file that it is, or is a copy of
    fixed: bool = False
    note: str = ""
    stored: Stored | None = field(default=None, repr=False)

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


def ignore(what: str, done: int, total: int | None) -> None:
    """An `advance` that shows nothing."""


def run(advance: Advance = ignore) -> Audit:
    """Look at everything, and change nothing.

    Args:
        advance: is told what is being done, how much of it is done, and of how much, where that is known.

    Raises:
        OSError: S3 does not let the files be listed.
    """
    audit, private = Audit(), storages["private"]
    if isinstance(private, MissingStorage):
        return audit
    objects = []
    for found in stored.walk(private):
        objects.append(found)
        advance("listing private files", len(objects), None)
    audit.private = len(objects)
    _listing(private, audit)
    audit.findings += _readable(private, objects, audit, advance)
    audit.findings += _misplaced(objects, audit, advance)
    return audit


def is_readable(status: int | str) -> bool:
    """Whether an answer of this status has the file in it; 416 is that of an empty one, which has no first byte."""
    return isinstance(status, int) and (200 <= status < 300 or status == 416)


def _listing(private, audit):
    if url := anonymous.listing_url(private):
        audit.requests += 1
        if is_readable(anonymous.Anonymous().status(url)):
            audit.warnings.append(f"Everyone can list the names in {stored.place(private)}: {url}")


def _readable(private, objects, audit, advance) -> Iterator[Finding]:
    public, where = storages["default"], stored.place(private)

    def urls(found):
        return anonymous.urls(private, stored.key(private, found.name), public)

    client = anonymous.Anonymous()
    silent = _silent(client, urls(objects[0]) if objects else [], audit)
    asked = ((url, found) for found in objects for url in urls(found) if anonymous.origin(url) not in silent)
    total = len(objects) * len([url for found in objects[:1] for url in urls(found)]) - len(objects) * len(silent)
    for url, found, status in client.statuses(asked):
        audit.requests += 1
        advance("asking without a signature", audit.requests, total)
        key = stored.key(private, found.name)
        if is_readable(status):
            yield Finding("readable", where, key, "everyone can read it", url, found.name)
        elif status not in (401, 403, 404):
            yield Finding(
                "unknown", where, key, f"whether everyone can read it is not known: {status}", url, found.name
            )


def _silent(client, urls, audit) -> set[str]:
    """The endpoints that do not answer from here, as that for browsers may be; none where none would be left."""
    silent = {anonymous.origin(url) for url in urls if isinstance(client.status(url), str)} if len(urls) > 1 else set()
    if silent == {anonymous.origin(url) for url in urls}:
        return set()
    audit.warnings += [f"{origin} does not answer from here, so nothing was asked there." for origin in sorted(silent)]
    return silent


def _misplaced(objects, audit, advance) -> Iterator[Finding]:
    """What lies in the public storage and belongs to private files, and what a row calls public and lies in the private."""
    public, private = storages["default"], storages["private"]
    # where the private files themselves lie, in a bucket that is shared
    own = stored.key(private, "") if _share_a_bucket(public, private, objects) else None
    belonging, client = Belonging(public, private, objects), anonymous.Anonymous()
    for found in stored.walk_bucket(public):
        audit.public += 1
        advance("searching public files", audit.public, None)
        belonging.see(found)
        if own and found.name.startswith(own):
            continue
        if match := belonging.of(found):
            kind, name, why = match
            url = anonymous.urls(public, found.name, public)[-1] if hasattr(public, "bucket_name") else ""
            if stored.name(public, found.name) is None:
                audit.requests += 1
                if not is_readable(client.status(url)):
                    continue  # another site's private files
            yield Finding(kind, stored.place(public), found.name, why, url, name, stored=found)
    for name, twin in belonging.unpublished():
        why = "a row calls it public, and it lies in the private storage: its publication was interrupted"
        yield Finding("unpublished", stored.place(public), stored.key(public, name), why, name=twin)


def _share_a_bucket(public, private, objects):
    """Whether it is one bucket, though the endpoints may be spelled in two ways."""
    if stored.share_a_bucket(public, private):
        return True
    names = [getattr(storage, "bucket_name", None) for storage in (public, private)]
    if not objects or names[0] is None or names[0] != names[1]:
        return False
    there = stored.look(stored.whole(public), stored.key(private, objects[0].name))
    here = stored.look(private, objects[0].name)
    return there is not None and here is not None and (there.etag, there.modified) == (here.etag, here.modified)
