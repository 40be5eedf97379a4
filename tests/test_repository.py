"""The template's own files: every system can check them out, every bot can edit them, and they agree with each other."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import s3_server
import yaml
from conftest import ROOT, TEMPLATE, tracked

WORKFLOWS = [ROOT / ".github/workflows/ci.yml", TEMPLATE / ".github/workflows/test.yml"]
BOTS = [ROOT / ".github/dependabot.yml", TEMPLATE / ".github/dependabot.yml"]
HOOKS = [ROOT / ".pre-commit-config.yaml", TEMPLATE / ".pre-commit-config.yaml"]
WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def test_names_are_legal_on_every_system():
    names = tracked()
    assert len(names) > 100
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert len(name) < 160 and not (ROOT / name).is_symlink()
        for part in name.split("/"):
            assert not re.search(r'[<>:"|?*\\\x00-\x1f]', part) and not part.endswith((".", " ")), name
            assert not WINDOWS.fullmatch(part), name


def test_line_ends_are_lf_on_every_system():
    for folder in (ROOT, TEMPLATE):
        assert (folder / ".gitattributes").read_text(encoding="utf-8") == "* text=auto eol=lf\n"


def test_every_file_of_the_template_parses_before_it_is_rendered():
    parsers: dict[str, Callable[[str], object]] = {".py": ast.parse, ".toml": tomllib.loads, ".json": json.loads}
    parsers |= dict.fromkeys((".yml", ".yaml"), lambda text: list(yaml.safe_load_all(text)))
    found = {path: parsers.get(path.suffix) for folder in (TEMPLATE, ROOT / "hooks") for path in folder.rglob("*.*")}
    found |= {path: parsers.get(path.suffix) for path in ROOT.glob("*.*") if path.is_file()}
    for path, parse in found.items():
        if parse:
            parse(path.read_text(encoding="utf-8"))


def test_every_variable_is_defined_and_used():
    questions = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    settings = {"__prompts__", "_jinja2_env_vars", "_copy_without_render"}
    inside = [ROOT / name for name in tracked() if name.startswith(f"{TEMPLATE.name}/")]
    texts = {path: path.read_text(encoding="utf-8") for path in inside}
    texts |= {path: path.read_text(encoding="utf-8") for path in (ROOT / "hooks").glob("*.py")}
    used = {name for text in texts.values() for name in re.findall(r"\bcookiecutter\.(?!with|tojson)(\w+)", text)}
    used |= {name for text in texts.values() for name in re.findall(r"(?:ANSWERS|answers)\[\"(\w+)\"\]", text)}
    for value in questions.values():
        used |= set(re.findall(r"\bcookiecutter\.(\w+)", value)) if isinstance(value, str) else set()
    used |= {"project_slug"} | set(re.findall(r"cookiecutter\.(\w+)", TEMPLATE.name))
    side_effects = {"__folder"}  # swaps a slug that is no folder's name, before the folder is made
    given = {"_repo_dir", "update"}  # Cookiecutter's own, and a method
    assert used - given == set(questions) - settings - side_effects


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("gh:org/cookiecutter-django-media", " from gh:org/cookiecutter-django-media"),
        ("git@example.com:org/template.git", " from git@example.com:org/template.git"),
        ("https://user:p@ss@example.com/org/template.git", " from https://example.com/org/template.git"),
        ("https://example.com/template.zip?token=secret", " from https://example.com/template.zip"),
        ("/a/machines/path", ""),
        ("file:///a/machines/path", ""),
        (str(ROOT), ""),
    ],
)
def test_a_readme_names_the_templates_source_and_no_secret(source, said):
    hook = ast.parse((ROOT / "hooks/post_gen_project.py").read_text(encoding="utf-8"))
    function = next(node for node in hook.body if isinstance(node, ast.FunctionDef) and node.name == "origin")
    scope: dict[str, Any] = {
        "ANSWERS": {"_template": source, "_commit": "abc"},
        "Path": Path,
        "re": re,
        "subprocess": subprocess,
    }
    exec(compile(ast.Module([function], []), "hook", "exec"), scope)
    assert "".join(scope["origin"]()) == f"{said} at commit abc"


def test_there_are_at_most_six_questions():
    questions = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    assert len([name for name in questions if not name.startswith("_")]) == 6


@pytest.mark.parametrize("path", [*WORKFLOWS, *BOTS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_workflows_and_dependabot_are_valid(path):
    schema = "vendor.dependabot" if path in BOTS else "vendor.github-workflows"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    if path in WORKFLOWS and (actionlint := shutil.which("actionlint")):
        done = subprocess.run([actionlint, str(path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_may_only_read(path):
    text = path.read_text(encoding="utf-8")
    uses = re.findall(r"uses: (.*)", text)
    assert uses and all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action) for action in uses)
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}


@pytest.mark.parametrize(
    ("path", "job", "commands"),
    [
        (WORKFLOWS[0], "template", [".ci/run", "make audit"]),
        (WORKFLOWS[1], "test", ["make check", "make test", "make test-media"]),
    ],
    ids=["ci.yml", "test.yml"],
)
def test_a_push_runs_what_make_check_and_make_test_run(path, job, commands):
    """Beside them only the S3 server is started; `.ci/run` ends with the rest of `make check` and with `make test`."""
    steps = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"][job]["steps"]
    assert [step["run"] for step in steps if "run" in step and "docker run" not in step["run"]] == commands
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").endswith("\nmake lint\nmake test-long\nmake test\n")
    for makefile in (ROOT / "Makefile", TEMPLATE / "Makefile"):
        assert "\ncheck: lint audit\n" in makefile.read_text(encoding="utf-8")


def test_what_bots_edit_has_no_jinja_in_it():
    edited = [*WORKFLOWS, *BOTS, *HOOKS, TEMPLATE / "docker-compose.yml", TEMPLATE / "Dockerfile"]
    for path in [*edited, *(TEMPLATE / "pins").glob("*.txt")]:
        text = path.read_text(encoding="utf-8").replace(f'"/{TEMPLATE.name}"', "")  # a folder's name
        text = re.sub(r"\$\{\{ (matrix|github)\.\w+ \}\}", "", text)  # GitHub's own
        assert not re.search(r"\{\{|\{%|#%", text), path


def test_the_matrix_covers_what_is_promised():
    jobs = yaml.safe_load(WORKFLOWS[0].read_text(encoding="utf-8"))["jobs"]
    matrix = jobs["project"]["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert matrix["django"] == json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))["django_version"]
    assert [system.partition("-")[0] for system in matrix["system"]] == ["ubuntu", "macos", "windows"]
    assert matrix["exclude"] == [{"python": "3.11", "django": "6.1"}]


def test_one_version_of_each_tool():
    pinned = dict(re.findall(r"^([\w-]+)==([\d.]+)", (ROOT / "requirements-test.txt").read_text("utf-8"), re.M))
    pins = [path.read_text(encoding="utf-8") for path in (TEMPLATE / "pins").glob("*-dev.txt")]
    for tool in ("mypy", "pip-audit", "pytest", "pytest-randomly", "ruff", "zizmor"):
        assert len(pins) == 4 and all(f"\n{tool}=={pinned[tool]} " in text for text in pins), tool
    ruff = pinned["ruff"]
    for path in HOOKS:
        revisions = {repo["repo"].rpartition("/")[2]: repo["rev"] for repo in yaml.safe_load(path.read_text())["repos"]}
        assert revisions["ruff-pre-commit"] == f"v{ruff}", "`make requirements` has moved ruff on"
    for path in (TEMPLATE / "docker-compose.yml", *WORKFLOWS):
        assert s3_server.IMAGE in path.read_text(encoding="utf-8"), path
