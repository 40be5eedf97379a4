"""`media audit`: which private files everyone can read, proven by requests without a signature.

It asks for every object of the private storage, and searches the public one for what belongs there
(`mediastore.operations.belonging`). A restore, or a copy by a provider's tools, leaves just that behind.
"""

from collections.abc import Iterator

from django.core.files.storage import storages

from mediastore.backends.located import Stored, located
from mediastore.backends.missing import MissingStorage
from mediastore.backends.s3 import S3Storage
from mediastore.operations import anonymous, doors, policy, stored, versions
from mediastore.operations.anonymous import is_readable
from mediastore.operations.belonging import Belonging
from mediastore.operations.disk import StoredFiles
from mediastore.operations.exposed import OpenACL, OpenPolicy, Readable, ReadableBeside, Unknown
from mediastore.operations.findings import Advance, Audit, Finding, ignore, registered
from mediastore.operations.misplaced import Copy, Stray
from mediastore.schemes import PRIVATE_FOLDER


def run(advance: Advance = ignore) -> Audit:
    """Look at everything, and change nothing.

    Args:
        advance: is told what is being done, how much of it is done, and of how much, where that is known.

    Raises:
        OSError: S3 does not let the files be listed.
    """
    audit, private = Audit(), located(storages["private"])
    if isinstance(private, MissingStorage):
        return audit
    files = StoredFiles(_counted(private.walk(), advance))
    audit.private = len(files)
    audit.findings += doors.findings(private, audit)
    _listing(private, audit)
    shared = stored.one_bucket(storages["default"], private, may_write=False)
    audit.findings += _readable(private, files, shared, audit, advance)
    audit.findings += _misplaced(files, shared, audit, advance)
    audit.findings += registered()
    return audit


def _counted(found, advance):
    for done, each in enumerate(found, 1):
        advance("listing private files", done, None)
        yield each


def _listing(private, audit):
    if url := anonymous.listing_url(private):
        audit.requests += 1
        told = any(isinstance(finding, OpenPolicy | OpenACL) for finding in audit.findings)
        if is_readable(anonymous.Anonymous().status(url)) and not told:
            audit.warnings.append(f"Everyone can list the names in {private.place}: {url}")


def _readable(private, files, shared, audit, advance) -> Iterator[Finding]:
    public = storages["default"] if shared else None

    def urls(found):
        return anonymous.urls(private, private.key(found.name), public)

    for found, url, status in _asked(files, urls, audit, advance):
        key, where = private.key(found.name), private.place
        if is_readable(status):
            yield Readable(where, key, "everyone can read it", url, found.name)
        else:
            why = f"whether everyone can read it is not known: {status}"
            yield Unknown(where, key, why, url, found.name)


def _asked(files, urls, audit, advance) -> Iterator[tuple[Stored, str, int | str]]:
    """Those of `files` with another answer than a refusal, with the URL and the answer. All URLs of a file are asked."""
    client = anonymous.Anonymous()
    first = next((urls(found) for found in files), [])
    silent = _silent(client, first, audit)
    total = len(files) * sum(anonymous.origin(url) not in silent for url in first)
    pairs = ((url, found) for found in files for url in urls(found) if anonymous.origin(url) not in silent)
    for done, (url, found, status) in enumerate(client.statuses(pairs), 1):
        audit.requests += 1
        advance("asking without a signature", done, total)
        if status not in (401, 403, 404):
            yield found, url, status


def _silent(client, urls, audit) -> set[str]:
    """The origins of `urls` that do not answer from here, such as that for browsers in a container.

    Empty if none answers, so that the audit tells of each file instead of skipping it.
    """
    origins = {anonymous.origin(url) for url in urls}
    silent = (
        {anonymous.origin(url) for url in urls if isinstance(client.status(url), str)} if len(origins) > 1 else set()
    )
    if silent == origins:
        return set()
    for origin in sorted(silent):
        warning = f"{origin} does not answer from here, so nothing was asked there."
        audit.warnings += [warning] if warning not in audit.warnings else []
    return silent


def _misplaced(files, shared, audit, advance) -> Iterator[Finding]:
    """What lies in the public storage and belongs to private files, or to none."""
    public, private = (located(storages[alias]) for alias in ("default", "private"))
    own = private.key_prefix if shared else None  # where the private files themselves lie
    folders = policy.spared_folders(public) if isinstance(public, S3Storage) else set()
    folders.add(f"{PRIVATE_FOLDER}/")
    belonging, client, spared = Belonging(public, private, files), anonymous.Anonymous(), StoredFiles()
    for found in public.walk_bucket():
        audit.public += 1
        advance("searching public files", audit.public, None)
        if own and found.name.startswith(own):
            continue
        where, urls = public.place, anonymous.urls(public, found.name, public)
        left_behind = belonging.left_behind(found)
        match = left_behind or belonging.of(found)
        is_spared = bool(urls) and found.name.startswith(tuple(folders))
        if match and not (is_spared and match.kind is Copy):
            url = urls[-1] if urls else ""
            if public.name_of(found.name) is None and not left_behind:
                audit.requests += len(urls)
                if not (url := anonymous.first_readable(client, urls)):
                    continue  # another site's private files
            yield match.kind(where, found.name, match.why, url, match.name, stored=found)
        elif belonging.is_stray(found):
            yield Stray(where, found.name, "no row names it", urls[-1] if urls else "", stored=found)
        elif is_spared and not belonging.is_public(found):
            spared.add(found)
    yield from _spared(public, spared, audit, advance)
    yield from versions.findings(public, belonging, audit)


def _spared(public, spared, audit, advance) -> Iterator[Finding]:
    """What everyone can read of the private files of other sites, and of those that no row of this site names."""
    told = set()

    def urls(found):
        return anonymous.urls(public, found.name, public)

    for found, url, status in _asked(spared, urls, audit, advance):
        if is_readable(status) and found.name not in told:
            told.add(found.name)
            why = "everyone can read it, though it lies in a folder of private files"
            yield ReadableBeside(public.place, found.name, why, url)
    if spared:
        audit.warnings.append(
            f"{len(spared)} files lie in folders of private files in {public.place} that no row of this site names: "
            "the private files of another site, or what deleted rows have left. They were not touched."
        )
