"""The Python interpreters of this machine: on PATH, in pyenv's folder and in uv's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = {"5.2": "3.11", "6.1": "3.12"}  # the oldest Python of each Django version
NEWEST = (3, 14)


def find_interpreters():
    """An interpreter for each Django version that one was found for.

    The oldest version runs on this very Python, the other on the newest one that is there, so that a run covers both
    ends of what the machine has.
    """
    found = {_version(sys.executable): sys.executable}
    for path in _candidates():
        if (version := _version(path)) and version <= NEWEST:
            found.setdefault(version, path)
    usable = {}
    for django, needed in NEEDED.items():
        versions = [version for version in found if version >= tuple(map(int, needed.split(".")))]
        if versions:
            running = sys.version_info[:2]
            usable[django] = found[running if django == "5.2" and running in versions else max(versions)]
    return usable


def _candidates():
    for minor in range(NEWEST[1], 10, -1):
        if path := shutil.which(f"python3.{minor}"):
            yield path
    folders = [Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"]
    uv = subprocess.run([sys.executable, "-m", "uv", "python", "dir"], capture_output=True, text=True)
    folders += [Path(uv.stdout.strip())] if uv.returncode == 0 else []
    for folder in folders:
        yield from map(str, sorted(folder.glob("*/bin/python3")))


def _version(path):
    """The version of what is really an interpreter: pyenv's shims only print an error."""
    code = "import sys, ensurepip; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([path, "-c", code], capture_output=True, text=True, timeout=30)
    except OSError:
        return None
    return tuple(map(int, done.stdout.split())) if done.returncode == 0 else None
