"""`python -m mediastore.tests.operations.audit_memory OBJECTS`: the memory of `media audit` over two buckets with so many objects together.

The listings, the names in the rows and the answers to unsigned requests are made up, so that a million objects take a
minute. All else is the audit's own.
"""

import hashlib
import json
import os
import resource
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from unittest import mock
from uuid import UUID

MODIFIED = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = 1000  # objects in an answer of S3


def digest(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def names(private, objects):
    """The names of so many objects; every second one is a thumbnail of the one before it."""
    for number in range(0, objects, 2):
        name = f"{'documents' if private else 'pictures'}/{UUID(digest(f'{private}{number}'), version=4)}/holiday-{number}.jpg"
        yield name
        yield f"{'private_thumbnails/' if private else ''}{name}.120x120_q85_crop.jpg"


class Client:
    """Of S3's client what the audit uses."""

    def __init__(self, private, objects):
        self.private, self.objects = private, objects
        self.exceptions = mock.Mock(ClientError=ConnectionError)

    def get_paginator(self, operation):
        return self

    def paginate(self, **parameters):
        page = []
        for name in names(self.private, self.objects):
            entry = {"Key": name, "Size": 1 + len(name), "LastModified": MODIFIED, "ETag": f'"{digest(name)}"'}
            page.append(entry)
            if len(page) == PAGE:
                yield {"Contents": page}
                page = []
        yield {"Contents": page}

    def get_bucket_versioning(self, **parameters):
        return {}

    def get_bucket_policy(self, **parameters):
        return {"Policy": "{}"}

    def get_bucket_acl(self, **parameters):
        return {"Grants": []}


def peak():
    """Bytes of memory that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(objects):
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import override_settings
    from django.utils.module_loading import import_string

    import mediastore
    from mediastore import rows
    from mediastore.operations import anonymous, audit

    call_command("migrate", verbosity=0)
    given = {
        "DEFAULT_STORAGE_DSN": "s3+http://key:secret@public.127.0.0.1:1/",
        "PRIVATE_STORAGE_DSN": "s3+http://key:secret@private.127.0.0.1:1/",
    }
    configured = mediastore.configure(given, base_dir="")["STORAGES"]
    clients = {bucket: Client(bucket == "private", objects // 2) for bucket in ("public", "private")}
    kinds = {import_string(entry["BACKEND"]) for entry in configured.values()}

    def named(private):
        return (name for number, name in enumerate(names(private, objects // 2)) if number % 2 == 0)

    before, begun = peak(), time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(override_settings(STORAGES=configured))
        for kind in kinds:
            stack.enter_context(mock.patch.object(kind, "client", property(lambda self: clients[self.bucket_name])))
        stack.enter_context(mock.patch.object(rows, "names", named))
        stack.enter_context(mock.patch.object(anonymous.Anonymous, "status", lambda *_: 403))
        found = audit.run()
    result = {name: getattr(found, name) for name in ("private", "public", "requests", "warnings", "clean")}
    result |= {"before": before, "peak": peak(), "seconds": round(time.monotonic() - begun)}
    print(json.dumps(result))


if __name__ == "__main__":
    os.environ["DATABASE_URL"] = "sqlite://:memory:"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(int(sys.argv[1]))
