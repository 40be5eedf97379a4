"""Runs `media audit` for tests, and makes the faults that it is to find."""

import io
import json
from collections.abc import Iterable
from typing import Any

from django.core.files.storage import storages
from django.core.management import call_command

from mediastore.backends.located import located


def audit(*options: str) -> tuple[Any, dict[str, Any]]:
    """Run `media audit` with `options`: its exit status, and its result as `--json` prints it."""
    out = io.StringIO()
    status: Any = 0
    try:
        call_command("media", "audit", "--json", *options, stdout=out)
    except SystemExit as error:
        status = error.code
    return status, json.loads(out.getvalue())


def keys(result: dict[str, Any], kind: str | None = None) -> list[str]:
    """The keys of the findings in `result`, of all or of one kind."""
    return sorted(finding["key"] for finding in result["findings"] if kind in (None, finding["kind"]))


def copy_to_public(keys: Iterable[str]) -> None:
    """Copy objects of the private bucket into the public bucket, under the same keys, as a wrong restore does."""
    public, private = located(storages["default"]).root(), located(storages["private"]).root()
    for key in keys:
        with private.open(key) as file:
            assert public.save(key, file) == key


def private_keys() -> list[str]:
    """The keys of all objects in the private bucket."""
    return sorted(found.name for found in located(storages["private"]).root().walk())
