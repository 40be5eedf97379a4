"""Two who change one row of filer's at the same moment leave no private file public, no row without bytes, and no orphan.

They take minutes, so they run where THOROUGH or RACES is set in the environment. RACES is the number of free rounds for
each race; with it, one of the two also stops at each of its steps.
"""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from mediastore.testing import postgresql

ROOT = Path(__file__).resolve().parents[3]
ROUNDS, STRIDE = (os.environ["RACES"], "1") if os.environ.get("RACES") else ("2", "9")
pytestmark = pytest.mark.thorough
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture
def site(request, tmp_path, server):
    """`site(module, *arguments)`: the JSON that a module prints, run with a database and storages of its own."""

    with ExitStack() as stack:
        database = f"sqlite:///{tmp_path / 'db.sqlite3'}"
        if request.param == "postgresql":
            database = postgresql.given() or stack.enter_context(postgresql.running()) + "postgres"
        token = tmp_path.name.replace("_", "-").lower()[-30:].strip("-")
        dsns = {
            f"{name}_STORAGE_DSN": server.dsn(f"test-{os.getpid()}-{name.lower()}-{token}"[:63])
            if server
            else f"{tmp_path.as_uri()}/{name}"
            for name in ("DEFAULT", "PRIVATE")
        }
        environ = {**os.environ, "DATABASE_URL": database, **dsns}

        def site(module, *arguments):
            command = [sys.executable, "-m", module, *arguments]
            done = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True)
            return json.loads(done.stdout)

        for command in (["migrate", "-v0", "--run-syncdb"], ["media", "setup"]):
            subprocess.run(
                [sys.executable, "manage.py", *command], cwd=ROOT, env=environ, check=True, capture_output=True
            )
        yield site
        if server:
            remove_buckets(dsns)


def remove_buckets(dsns):
    from django.utils.module_loading import import_string

    import mediastore

    for options in list(mediastore.configure(dsns, base_dir="")["STORAGES"].values())[::2]:
        storage = import_string(options["BACKEND"])(**options["OPTIONS"])
        for found in list(storage.root().walk()):
            storage.delete(found.name)
        storage.client.delete_bucket(Bucket=storage.bucket_name)


@pytest.mark.parametrize("site", DATABASES, indirect=True)
def test_two_at_once_leave_nothing_public_that_is_private_and_lose_nothing(site, request, record_property):
    results = site("mediastore.tests.filer.races", ROUNDS, STRIDE)
    assert results.pop("database") == request.node.callspec.params["site"]
    counts = {name: {kind: result[kind] for kind in ("random", "steps", "errors")} for name, result in results.items()}
    print(json.dumps(counts, indent=1))
    assert len(results) == 62 and all(count["random"] and count["steps"] for count in counts.values())
    assert {name: result["faults"] for name, result in results.items() if result["faults"]} == {}
    assert {name: result["logged"] for name, result in results.items() if result["logged"]} == {}


@pytest.mark.parametrize("site", DATABASES, indirect=True)
def test_random_sequences_that_are_killed_leave_nothing_that_a_repair_does_not_mend_or_name(site):
    """SEQUENCES in the environment is how many, SEED where they begin."""
    results = site("mediastore.tests.filer.walk", os.environ.get("SEQUENCES", "20"), os.environ.get("SEED", "1"))
    print(results)
    assert results["killed"] > 0 and results["ended"] > 0
    assert results["faults"] == []
