"""Processes that save the same names at the same moment lose no file.

Three processes save 20 names each; with THOROUGH=1 in the environment, eight processes save 200.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.storage import storages

ROOT = Path(__file__).resolve().parents[3]
PROCESSES, NAMES = (8, 200) if os.environ.get("THOROUGH") else (3, 20)

WRITER = """
import json, sys, django
django.setup()
from django.core.files.base import ContentFile
from django.core.files.storage import storages
storage = storages["default"]
if hasattr(storage, "client"):
    storage.client
print("ready", flush=True)
sys.stdin.readline()
me, names = int(sys.argv[1]), int(sys.argv[2])
saved = {}
for number in range(names):
    content = f"{me}-{number}"
    saved[storage.save(f"race-{sys.argv[3]}/{number}.txt", ContentFile(content))] = content
print(json.dumps(saved))
"""


def race(folder, environ):
    """What each process saved, as [{name: content}, …]. The processes begin at the same moment."""
    command = [sys.executable, "-c", WRITER]
    writers = [
        subprocess.Popen(
            [*command, str(number), str(NAMES), folder],
            cwd=ROOT,
            env={**os.environ, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    with ThreadPoolExecutor(PROCESSES) as pool:
        return [json.loads(out) for out, _ in pool.map(lambda writer: writer.communicate(timeout=300), writers)]


def assert_nothing_is_lost(saved, read):
    names = [name for one in saved for name in one]
    assert len(names) == len(set(names)) == PROCESSES * NAMES
    storage = storages["default"]
    with ThreadPoolExecutor(8) as pool:
        contents = dict(pool.map(lambda name: (name, read(storage, name).decode()), names))
    assert contents == {name: content for one in saved for name, content in one.items()}


def test_processes_at_once_lose_nothing(read, server):
    if server and server.software == "VERSITYGW":
        pytest.skip("conditional writes of versitygw are not atomic: it needs unique=always")
    assert_nothing_is_lost(race("plain", {}), read)


@pytest.mark.s3
def test_with_unique_always_no_conditional_write_is_needed(read):
    assert_nothing_is_lost(
        race("unique", {"DEFAULT_STORAGE_DSN": os.environ["DEFAULT_STORAGE_DSN"] + "?unique=always"}), read
    )
