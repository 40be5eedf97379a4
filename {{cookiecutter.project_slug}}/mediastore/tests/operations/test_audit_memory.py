"""The memory of `media audit` does not grow with the bucket."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

OBJECTS, LIMIT = 1_000_000, 300 * 1000 * 1000  # bytes


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say what a process has had at most")
def test_a_million_objects_are_audited_in_little_memory():
    command = [sys.executable, "-m", "mediastore.tests.operations.audit_memory", str(OBJECTS)]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["private"], result["public"], result["clean"]) == (OBJECTS // 2, OBJECTS // 2, True)
    assert result["peak"] < LIMIT
