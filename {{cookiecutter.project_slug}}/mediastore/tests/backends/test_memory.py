"""Saving and reading a large file needs little memory.

The file has 128 MiB, or 1 GiB with THOROUGH=1 in the environment. Only Linux tells the peak of a process's memory.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MIB = 1024 * 1024
SIZE = (1024 if os.environ.get("THOROUGH") else 128) * MIB
LIMIT = 64 * MIB

CODE = """
import hashlib, json, sys, tempfile, django
django.setup()
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
storage, size = storages["default"], int(sys.argv[1])

def status(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name))

def above_idle(operation):
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins anew
    idle = status("VmRSS")
    operation()
    return status("VmHWM") - idle

def write():
    global name
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        file.seek(size - 4)
        file.write(b"last")
        name = storage.save("memory/large.bin", File(file))

def read():
    with storage.open(name) as file:
        total, last = 0, b""
        for chunk in file.chunks():
            total, last = total + len(chunk), chunk
        assert total == size and last.endswith(b"last")

with storage.open(storage.save("memory/small.txt", ContentFile(b"x"))) as file:
    file.read()
result = {"write": above_idle(write), "read": above_idle(read)}
storage.delete(name)
print(json.dumps(result))
"""


@pytest.mark.s3
@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="only Linux tells a process's peak")
def test_a_large_object_takes_little_memory():
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(SIZE)], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    peak = json.loads(done.stdout)
    print({name: f"{value / MIB:.1f} MiB" for name, value in peak.items()})
    assert max(peak.values()) < LIMIT, peak
