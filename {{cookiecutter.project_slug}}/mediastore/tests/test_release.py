"""`manage.py release`, by processes as instances have them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mediastore.testing import postgresql

ROOT = Path(__file__).resolve().parents[2]


def begin(url, folder):
    """An instance's release, with media in a folder."""
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "DEFAULT_STORAGE_DSN": f"{folder.as_uri()}/media",
        "PRIVATE_STORAGE_DSN": f"{folder.as_uri()}/private",
    }
    command = [sys.executable, "manage.py", "release"]
    return subprocess.Popen(command, cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.postgresql
def test_the_first_migrations_of_instances_that_start_at_once_are_made_once(tmp_path):
    with postgresql.running() as server:
        instances = [begin(f"{server}postgres", tmp_path) for _ in range(4)]
        said = [(process.communicate(timeout=120)[0], process.returncode) for process in instances]
        assert [status for _, status in said] == [0] * 4, said
        assert sum("Applying" in text for text, _ in said) == 1
        assert sum("No migrations to apply" in text for text, _ in said) == 3


@pytest.mark.postgresql
def test_an_instance_that_dies_in_its_release_does_not_keep_the_others_waiting(tmp_path):
    with postgresql.running() as server:
        dying = begin(f"{server}postgres", tmp_path)
        for line in dying.stdout:
            if "Applying" in line:
                break
        dying.kill()
        dying.communicate()
        next_one = begin(f"{server}postgres", tmp_path)
        text = next_one.communicate(timeout=120)[0]
        assert next_one.returncode == 0, text


def test_a_release_can_be_repeated_on_sqlite(tmp_path):
    for _ in range(2):
        process = begin(f"sqlite:///{tmp_path / 'db.sqlite3'}", tmp_path)
        text = process.communicate(timeout=120)[0]
        assert process.returncode == 0 and "no bucket to set up" in text


def test_a_bucket_that_cannot_be_used_fails_the_release(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "DEFAULT_STORAGE_DSN": "s3+http://key:secret@media.127.0.0.1:9/",
        "PRIVATE_STORAGE_DSN": "s3+http://key:secret@private.127.0.0.1:9/",
    }
    command = [sys.executable, "manage.py", "release"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "bucket media" in done.stderr and "media setup" in done.stderr, done.stderr
    assert "secret" not in done.stdout + done.stderr
