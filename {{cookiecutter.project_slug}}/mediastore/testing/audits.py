"""What the tests of `media audit` share."""

import io
import json

from django.core.files.storage import storages
from django.core.management import call_command


def audit(*options):
    """Exit status and result."""
    out = io.StringIO()
    try:
        call_command("media", "audit", "--json", *options, stdout=out)
        status = 0
    except SystemExit as error:
        status = error.code
    return status, json.loads(out.getvalue())


def keys(result, kind=None):
    return sorted(finding["key"] for finding in result["findings"] if kind in (None, finding["kind"]))


def copy_to_public(names):
    """What a restore does: the private bucket's objects under their keys in the public bucket."""
    root, source = storages["default"].root(), storages["private"].root()
    for name in names:
        with source.open(name) as file:
            assert root.save(name, file) == name


def private_keys():
    return sorted(found.name for found in storages["private"].root().walk())
