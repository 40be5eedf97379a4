"""A rendered project is clean by its own `make lint`: what CI runs, without the question to the package index."""

import shutil
from pathlib import Path

import pytest
from conftest import COMBINATIONS, name_of

# Each version of Django, with filer and without, with the gallery and without; types know no more of a combination.
PAIRS = [
    answers
    for answers in COMBINATIONS
    if answers["example_app"] == ((answers["django_version"] == "5.2") == answers["use_filer"])
]


@pytest.mark.slow
@pytest.mark.parametrize("answers", PAIRS, ids=name_of, indirect=True)
def test_make_lint_finds_nothing(answers, bake, python, run):
    if not (make := shutil.which("make")):
        pytest.skip("no make on PATH")
    environment = Path(python).parent.parent
    (environment / "installed").touch()
    output = run([make, "lint", f"VENV={environment}", "-o", f"{environment}/installed"], bake(**answers))
    for said in ("All checks passed!", "Success: no issues found", "kept, 0 broken", "No changes detected"):
        assert said in output, output
