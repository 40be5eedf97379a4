"""`media audit`: which private files everyone can read, proven by requests without a signature.

It asks for every object of the private storage, and searches the public one for what belongs there
(`mediastore.operations.belonging`). A restore, or a copy by a provider's tools, leaves just that behind.
"""

from collections.abc import Iterator

from django.core.files.storage import storages

from mediastore.backends.missing import MissingStorage
from mediastore.backends.s3 import S3Storage
from mediastore.operations import anonymous, doors, policy, stored, versions
from mediastore.operations.anonymous import is_readable
from mediastore.operations.belonging import Belonging
from mediastore.operations.findings import CHECKS, Advance, Audit, Finding, ignore
from mediastore.schemes import PRIVATE_FOLDER


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
    audit.findings += doors.findings(private, audit)
    _listing(private, audit)
    audit.findings += _readable(private, objects, audit, advance)
    audit.findings += _misplaced(objects, audit, advance)
    audit.findings += [finding for check in CHECKS for finding in check()]
    return audit


def _listing(private, audit):
    if url := anonymous.listing_url(private):
        audit.requests += 1
        told = any(finding.kind in ("policy", "acl") for finding in audit.findings)
        if is_readable(anonymous.Anonymous().status(url)) and not told:
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
    """What lies in the public storage and belongs to private files, or to none."""
    public, private = storages["default"], storages["private"]
    # where the private files themselves lie, in a bucket that is shared
    own = stored.key(private, "") if stored.one_bucket(public, private, may_write=False) else None
    folders = policy.spared_folders(public) if isinstance(public, S3Storage) else set()
    belonging, client, spared = Belonging(public, private, objects), anonymous.Anonymous(), []
    folders.add(f"{PRIVATE_FOLDER}/")
    for found in stored.walk_bucket(public):
        audit.public += 1
        advance("searching public files", audit.public, None)
        if own and found.name.startswith(own):
            continue
        where, url = stored.place(public), anonymous.urls(public, found.name, public)[-1:]
        left_behind = belonging.left_behind(found)
        match = left_behind or belonging.of(found)
        is_spared = bool(url) and found.name.startswith(tuple(folders))
        if match and not (is_spared and match[0] == "copy"):
            kind, name, why = match
            if stored.name(public, found.name) is None and not left_behind:
                audit.requests += 1
                if not is_readable(client.status(*url)):
                    continue  # another site's private files
            yield Finding(kind, where, found.name, why, *url or [""], name, stored=found)
        elif belonging.is_stray(found):
            yield Finding("stray", where, found.name, "no row names it", *url or [""], stored=found)
        elif is_spared and not belonging.is_public(found):
            spared.append((*url, found))
    yield from _spared(public, spared, audit)
    yield from versions.findings(public, belonging, audit)


def _spared(public, asked, audit) -> Iterator[Finding]:
    """What everyone can read of the private files of other sites, and of those that no row of this site names."""
    for url, found, status in anonymous.Anonymous().statuses(asked):
        audit.requests += 1
        if is_readable(status):
            why = "everyone can read it, though it lies in a folder of private files"
            yield Finding("readable", stored.place(public), found.name, why, url, stored=found)
    if asked:
        audit.warnings.append(
            f"{len(asked)} files lie in folders of private files in {stored.place(public)} that no row of this site names: "
            "the private files of another site, or what deleted rows have left. They were not touched."
        )
