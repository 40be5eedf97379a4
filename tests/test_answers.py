"""Answers that are no good give one clear line and leave nothing; unusual ones give a project that works."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT, environment, pythons

PINS = ROOT / "{{cookiecutter.project_slug}}" / "pins" / "django5.2-filer-requirements-dev.txt"


def generate(folder, *options, **answers):
    command = [sys.executable, "-m", "cookiecutter", str(ROOT), "--no-input", "--default-config", "-o", str(folder)]
    pairs = [f"{name}={value}" for name, value in answers.items()]
    return subprocess.run([*command, *options, *pairs], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "slug",
    [
        *(
            "",
            " ",
            "1abc",
            "a b",
            "con",
            "nul",
            "com1",
            "../x",
            "..",
            ".",
            "a/b",
            "/abs/olute",
            "a\\b",
            "Abc",
            "a-",
            "_a",
        ),
        *("ä", "a.b", "a\nb", "a'b", 'a"b', "a$b", "a;b", "-a", "a" * 51, "{", "😀", "a\u202eb", "CON", "aux.txt"),
    ],
)
def test_a_bad_slug_is_refused_and_nothing_is_left(slug, tmp_path):
    folder = tmp_path / "inner" / "folder"
    folder.mkdir(parents=True)
    done = generate(folder, project_slug=slug)
    output = done.stdout + done.stderr
    lines = [line for line in output.splitlines() if line.startswith("ERROR: project_slug")]
    assert done.returncode != 0 and len(lines) == 1 and "such as my-site" in lines[0], output
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["inner", "inner/folder"]
    assert not Path("/abs").exists()


@pytest.mark.parametrize("length", [51, 255, 256, 400, 100_000])
def test_a_slug_that_is_too_long_for_a_folder_is_refused_in_one_short_line(length, tmp_path):
    """File systems take names of 255 bytes, and Cookiecutter makes the folder before the hook can refuse it."""
    done = generate(tmp_path, project_slug="a" * length)
    output = done.stdout + done.stderr
    lines = [line for line in output.splitlines() if line.startswith("ERROR: project_slug")]
    assert done.returncode != 0 and len(lines) == 1 and "at most 50" in lines[0] and len(lines[0]) < 250, output
    assert "File name too long" not in output and not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["project_name", "description"])
@pytest.mark.parametrize("text", ["two\nlines", "tab\tbed", "bell\a", "line\u2028separator", "", "  "])
def test_a_text_that_is_no_line_is_refused_and_nothing_is_left(name, text, tmp_path):
    done = generate(tmp_path, **{"project_slug": "site", name: text})
    output = done.stdout + done.stderr
    assert done.returncode != 0 and f"ERROR: {name}" in output, output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "value"), [("django_version", "4.2"), ("use_filer", "perhaps")])
def test_a_wrong_choice_is_refused_and_nothing_is_left(name, value, tmp_path):
    done = generate(tmp_path, **{name: value})
    assert done.returncode != 0 and value in done.stdout + done.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_not_touched(tmp_path):
    (tmp_path / "my-site").mkdir()
    (tmp_path / "my-site" / "mine.txt").write_text("mine")
    done = generate(tmp_path)
    assert done.returncode != 0 and "already exists" in done.stdout + done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["my-site", "mine.txt"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("My Site", "my-site"),
        ('Zoë\'s "best" site', "zoe-s-best-site"),
        ("back\\slash \\n \\\\ \\", "back-slash-n"),
        ("# hash %} }} ' \"\"\" '''", "hash"),
        ("日本語サイト", "ri-ben-yu-saito"),
        ("موقع", "mwq"),
        ("😀", "site"),
        ("1st", "site-1st"),
        ("con", "con-site"),
        ("$(touch x) `id` ${HOME}", "touch-x-id-home"),
        ("x" * 200, "x" * 50),
        ("<b>&amp;</b>", "b-b"),
        ("\u202eright-to-left\u202c", "right-to-left"),
        ("a\u00a0b\u200bc", "a-b-c"),
        ("'; DROP TABLE x; --", "drop-table-x"),
        ("-rf", "rf"),
    ],
)
def test_an_unusual_name_gives_a_project_that_works(name, folder, tmp_path, run):
    done = generate(tmp_path, project_name=name, description=f"About {name}")
    assert done.returncode == 0, done.stdout + done.stderr
    project = next(tmp_path.iterdir())
    assert project.name == folder
    python = environment(pythons()["5.2"], PINS)
    code = "import json; from django.conf import settings; print('NAME', json.dumps(settings.SITE_NAME))"
    output = run([python, "-B", "manage.py", "shell", "--no-imports", "-c", code], project)
    assert json.loads(output.rpartition("NAME ")[2]) == name
    metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert metadata["description"] == f"About {name}"
    assert (project / "README.md").read_text(encoding="utf-8").startswith(f"# {name}\n\nAbout {name}\n")
    for command in (["check"], ["format", "--check"]):
        run([sys.executable, "-m", "ruff", *command, "--no-cache", "."], project)
    its_tests_pass(project, python, run)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["{{ 7 * 7 }} {% raw %} {# x #}", "#% if x", "{{ cookiecutter.project_slug }}"])
def test_a_template_that_is_typed_in_is_text(name, tmp_path, run):
    """On the command line it is a template for Cookiecutter itself, which renders or refuses it."""
    command = [sys.executable, "-m", "cookiecutter", str(ROOT), "--default-config", "-o", str(tmp_path)]
    typed = "\n".join([name, "my-site", f"About {name}", "", "", ""]) + "\n"
    subprocess.run(command, input=typed, text=True, capture_output=True, check=True, timeout=60)
    python = environment(pythons()["5.2"], PINS)
    code = "import json; from django.conf import settings; print('NAME', json.dumps(settings.SITE_NAME))"
    output = run([python, "-B", "manage.py", "shell", "--no-imports", "-c", code], tmp_path / "my-site")
    assert json.loads(output.rpartition("NAME ")[2]) == name


@pytest.mark.parametrize("name", ["{% raw %}", "{{ 1 / 0 }}", "{{ cookiecutter.nothing }}", "#% if x"])
def test_a_template_that_cannot_be_rendered_leaves_nothing(name, tmp_path):
    assert generate(tmp_path, project_name=name).returncode != 0
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(
    "slug",
    [
        *(
            "django",
            "filer",
            "easy_thumbnails",
            "storages",
            "boto3",
            "pytest",
            "pil",
            "polymorphic",
        ),  # what is installed
        *("test", "json", "types", "site", "logging", "email"),  # Python's own
        *("config", "gallery", "mediastore", "tests", "docs", "data"),  # the project's own
        *("class", "import", "none", "async"),  # keywords
        *("a", "a_b-c1", "x" * 50, "manage", "requirements"),
    ],
)
def test_a_folder_may_have_the_name_of_a_package(slug, tmp_path, run):
    assert generate(tmp_path, project_slug=slug).returncode == 0
    its_tests_pass(tmp_path / slug, environment(pythons()["5.2"], PINS), run)


def its_tests_pass(project, python, run):
    """Those of its tests that start a site, which the answers are part of."""
    command = [python, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--storage=local"]
    some = ["gallery/tests/test_gallery.py", "tests/test_docs.py", "-k", "uploaded_and_shown or is_private or page"]
    output = run([*command, *some], project)
    assert " passed" in output and "skipped" not in output
