"""What is rendered: complete, without a trace of the template, valid, clean and always the same."""

import ast
import json
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from conftest import COMBINATIONS, ROOT, name_of

pytestmark = pytest.mark.parametrize("combination", COMBINATIONS, ids=name_of)


def files(project):
    return {path.relative_to(project).as_posix(): path for path in sorted(project.rglob("*")) if path.is_file()}


def test_only_what_was_chosen_is_there(combination, bake):
    """Exactly the files that rendered.txt lists."""
    listed = [line.split(" ") for line in (ROOT / "tests/rendered.txt").read_text().splitlines()[1:]]
    names = files(bake(**combination))
    assert sorted(names) == [name for name, *choice in listed if all(combination[choice] for choice in choice)]
    contents = "".join(path.read_text(encoding="utf-8") for path in names.values())
    assert ("import filer" in contents or "django-filer==" in contents) == combination["use_filer"]
    assert ("FILER_" in contents) == combination["use_filer"]
    assert combination["example_app"] or "gallery" not in contents.lower()


def test_without_filer_one_line_of_the_media_layer_speaks_of_it(combination, bake):
    """That line asks whether the package for filer is there."""
    if combination["use_filer"]:
        return
    lines = [
        (name, line)
        for name, path in files(bake(**combination)).items()
        if name.startswith("mediastore/")
        for line in path.read_text(encoding="utf-8").lower().replace("fileresponse", "").splitlines()
        if "filer" in line
    ]
    assert [name for name, _ in lines] == ["mediastore/apps.py"], lines


def test_no_trace_of_the_template_is_left(combination, bake):
    for name, path in files(bake(**combination)).items():
        text = path.read_bytes().decode("utf-8")
        assert "cookiecutter." not in text and "#%" not in text, name
        assert name.endswith(".html") or not re.search(r"\{\{|\{%|\{#", text), name
        assert name.endswith((".html", ".py")) or "}}" not in text and "%}" not in text, name
        assert "\r" not in text and text.endswith("\n") or not text, name
        assert not path.is_symlink()


def test_every_file_parses(combination, bake):
    project = bake(**combination)
    for name, path in files(project).items():
        text = path.read_text(encoding="utf-8")
        if name.endswith(".py"):
            ast.parse(text, name)
        elif name.endswith(".toml"):
            tomllib.loads(text)
        elif name.endswith((".yml", ".yaml")):
            assert yaml.safe_load(text)
        elif name.endswith(".json"):
            json.loads(text)
    pins = (project / "requirements.txt").read_text(encoding="utf-8")
    assert f"\ndjango=={combination['django_version']}." in pins and "--hash=sha256:" in pins
    assert ("\ndjango-filer==" in pins) == combination["use_filer"]
    assert "://" not in pins and "index" not in pins


def test_ruff_finds_nothing(combination, bake):
    project = bake(**combination)
    for command in (["check"], ["format", "--check", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "."], cwd=project, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_rendering_twice_gives_the_same_bytes(combination, bake):
    one, two = ({name: path.read_bytes() for name, path in files(bake(**combination)).items()} for _ in range(2))
    assert one == two
