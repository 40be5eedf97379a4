"""Looks into a bucket before its policy changes: is it really the one that this site's files lie in?

A DSN with a typing error names somebody else's bucket, and two DSNs that were swapped make private files public.
"""

from django.db import DatabaseError

from mediastore import rows
from mediastore.folders import sources
from mediastore.operations import anonymous
from mediastore.operations.disk import Names
from mediastore.operations.policy_reader import opens_key
from mediastore.schemes import PRIVATE_FOLDER, PRIVATE_THUMBNAILS


def unaccounted(public, spared, policy) -> str | None:
    """A key in the place of public files that nobody can read today, and that no row of this site calls public.

    A site that moves over has files that everybody can read already, by their ACLs: those are asked for without a
    signature. None where nothing of the kind lies there. `spared` is the folder of private files in the same bucket.
    """
    named, places = _Names(), (f"{PRIVATE_FOLDER}/", *([spared] if spared else []))
    client = anonymous.Anonymous()

    def closed():
        for found in public.walk():
            key = public.key(found.name)
            if key.startswith(places) or opens_key(policy, public.bucket_name, key):
                continue
            if not named.is_public(found.name):
                yield anonymous.urls(public, key, public)[0], key

    for _, key, status in client.statuses(closed()):
        others = anonymous.urls(public, key, public)[1:]
        if not (anonymous.is_readable(status) or anonymous.first_readable(client, others)):
            return key
    return None


def unknown(private) -> str | None:
    """A key in the place of private files that no row of this site calls private; None where there is none."""
    named = _Names()
    for found in private.walk():
        if not named.is_private(found.name.removeprefix(f"{PRIVATE_THUMBNAILS}/")):
            return private.key(found.name)
    return None


class _Names:
    """The names in the rows of this site, read when the first one is asked for."""

    def __init__(self):
        self._read = None

    def _names(self):
        if self._read is None:
            try:
                self._read = Names(rows.names(private=False)), Names(rows.names(private=True))
            except DatabaseError:  # `media setup` may run before the first `migrate`
                self._read = Names(), Names()
        return self._read

    def is_public(self, name):
        public, private = self._names()
        return name not in private and public.has_any({name, *sources(name)})

    def is_private(self, name):
        _, private = self._names()
        return private.has_any({name, *sources(name)})
