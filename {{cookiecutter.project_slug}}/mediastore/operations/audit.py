"""`media audit`: finds which private files everyone can read, proven by requests without a signature.

It asks for every object of the private storage. Then it searches the public one for private files
(`mediastore.operations.belonging`), such as a restore or a provider's copying tool may leave behind.
"""

from collections.abc import Callable, Iterable, Iterator

from django.core.files.storage import storages

from mediastore.backends.located import LocatedStorage, Stored, located
from mediastore.backends.missing import MissingStorage
from mediastore.backends.s3 import S3Storage
from mediastore.operations import anonymous, bucket_access, private_policy, sharing, versions
from mediastore.operations.anonymous import Anonymous, is_readable
from mediastore.operations.belonging import Belonging
from mediastore.operations.disk import StoredFiles
from mediastore.operations.exposed import OpenACL, OpenPolicy, Readable, ReadableBeside, Unknown
from mediastore.operations.findings import Advance, Audit, Finding, ignore, registered
from mediastore.operations.misplaced import Copy, Stray
from mediastore.schemes import PRIVATE_FOLDER

Urls = Callable[[Stored], list[str]]


def run(advance: Advance = ignore) -> Audit:
    """Look at everything, and change nothing.

    Args:
        advance: is told what is being done, how much of it is done, and of how much, if that is known.

    Raises:
        OSError: S3 does not let the files be listed.
    """
    audit, private = Audit(), located(storages["private"])
    if isinstance(private, MissingStorage):
        audit.findings += registered()
        return audit
    files = StoredFiles(_counted(private.walk(), advance))
    audit.private = len(files)
    audit.findings += bucket_access.findings(private, audit)
    _try_to_list(private, audit)
    shared = sharing.share_bucket(storages["default"], private, may_write=False)
    audit.findings += _readable(private, files, shared, audit, advance)
    audit.findings += _misplaced(files, shared, audit, advance)
    audit.findings += registered()
    return audit


def _counted(files: Iterable[Stored], advance: Advance) -> Iterator[Stored]:
    for done, found in enumerate(files, 1):
        advance("listing private files", done, None)
        yield found


def _try_to_list(private: LocatedStorage, audit: Audit) -> None:
    """Warn if everyone can list the private bucket. A finding about its policy or ACL says so already."""
    if url := private.anonymous_listing_url():
        audit.requests += 1
        is_found = any(isinstance(finding, OpenPolicy | OpenACL) for finding in audit.findings)
        if is_readable(Anonymous().status(url)) and not is_found:
            audit.warnings.append(f"Everyone can list the names in {private.where}: {url}")


def _readable(
    private: LocatedStorage, files: StoredFiles, shared: bool, audit: Audit, advance: Advance
) -> Iterator[Finding]:
    """The private files that everyone can read, or that nobody could be asked for."""
    public = located(storages["default"]) if shared else None

    def urls(found: Stored) -> list[str]:
        return private.anonymous_urls(private.key(found.name), public)

    for found, url, status in _not_refused(files, urls, audit, advance):
        key, where = private.key(found.name), private.where
        if is_readable(status):
            yield Readable(where, key, "everyone can read it", url, found.name)
        else:
            why = f"whether everyone can read it is not known: {status}"
            yield Unknown(where, key, why, url, found.name)


def _not_refused(
    files: StoredFiles, urls: Urls, audit: Audit, advance: Advance
) -> Iterator[tuple[Stored, str, int | str]]:
    """Those of `files` with another answer than a refusal, with the URL and the answer. Each URL of a file is asked."""
    client = Anonymous()
    first = next((urls(found) for found in files), [])
    silent = _find_silent(client, first, audit)
    total = len(files) * sum(anonymous.origin(url) not in silent for url in first)
    pairs = ((url, found) for found in files for url in urls(found) if anonymous.origin(url) not in silent)
    for done, (url, found, status) in enumerate(client.statuses(pairs), 1):
        audit.requests += 1
        advance("asking without a signature", done, total)
        if status not in (401, 403, 404):
            yield found, url, status


def _find_silent(client: Anonymous, urls: list[str], audit: Audit) -> set[str]:
    """The origins of `urls` that do not answer this process, such as an endpoint for browsers if it is a container.

    Empty if none answers, so that the audit reports each file instead of skipping it.
    """
    origins = {anonymous.origin(url) for url in urls}
    if len(origins) < 2:  # if the only one is silent, none answers
        return set()
    silent = {anonymous.origin(url) for url in urls if isinstance(client.status(url), str)}
    if silent == origins:
        return set()
    for origin in sorted(silent):
        warning = f"{origin} does not answer from here, so no file was asked for there."
        if warning not in audit.warnings:
            audit.warnings.append(warning)
    return silent


def _misplaced(files: StoredFiles, shared: bool, audit: Audit, advance: Advance) -> Iterator[Finding]:
    """What lies in the public bucket and is private, or named by no row."""
    public, private = (located(storages[alias]) for alias in ("default", "private"))
    private_prefix = private.key_prefix if shared else ""
    spared_folders = private_policy.spared_folders(public) if isinstance(public, S3Storage) else set()
    spared_folders.add(f"{PRIVATE_FOLDER}/")
    belonging, client, spared = Belonging(public, private, files), Anonymous(), StoredFiles()
    for found in public.walk_bucket():
        audit.public += 1
        advance("searching public files", audit.public, None)
        if private_prefix and found.name.startswith(private_prefix):
            continue  # a private file where it belongs
        where, urls = public.where, public.anonymous_urls(found.name, public)
        url = urls[-1] if urls else ""
        left_behind = belonging.left_behind(found)
        match = left_behind or belonging.of(found)
        is_spared = bool(urls) and found.name.startswith(tuple(spared_folders))
        if match and not (is_spared and match.kind is Copy):
            if public.name_of(found.name) is None and not left_behind:
                audit.requests += len(urls)
                if not (url := anonymous.first_readable(client, urls) or ""):
                    continue  # another site's private file
            yield match.kind(where, found.name, match.why, url, match.name, stored=found)
        elif belonging.is_stray(found):
            yield Stray(where, found.name, "no row names it", url, stored=found)
        elif is_spared and not belonging.is_public(found):
            spared.add(found)
    yield from _spared(public, spared, audit, advance)
    yield from versions.findings(public, belonging, audit)


def _spared(public: LocatedStorage, spared: StoredFiles, audit: Audit, advance: Advance) -> Iterator[Finding]:
    """Those of `spared` that everyone can read: private files of other sites, or files that no row of this site names."""
    found_before = set()

    def urls(found: Stored) -> list[str]:
        return public.anonymous_urls(found.name, public)

    for found, url, status in _not_refused(spared, urls, audit, advance):
        if is_readable(status) and found.name not in found_before:
            found_before.add(found.name)
            why = "everyone can read it, though it lies in a folder of private files"
            yield ReadableBeside(public.where, found.name, why, url)
    if spared:
        audit.warnings.append(
            f"{len(spared)} files lie in folders of private files in {public.where} that no row of this site names. "
            "They are private files of another site, or deleted rows have left them. They were not touched."
        )
