"""A project is updated to a later version of the template, and keeps what its owner has changed."""

import json
import subprocess
import sys

import pytest
from conftest import TEMPLATE, copy_template, git


def cruft(folder, *arguments):
    done = subprocess.run([sys.executable, "-m", "cruft", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


@pytest.fixture
def template(tmp_path):
    """A repository of the template with the tags 1 and 2: a new setting, a new file, new pins, and a new README."""
    folder = tmp_path / "cookiecutter-django-media"
    copy_template(folder)
    git(folder, "tag", "1")
    project = folder / TEMPLATE.name
    change(project / "config/settings.py", 'TIME_ZONE = "UTC"\n', 'TIME_ZONE = "UTC"\nNEW_SETTING = True\n')
    (project / "mediastore/new.py").write_text('"""New."""\n', encoding="utf-8", newline="\n")
    for pins in (project / "pins").glob("*.txt"):
        pins.write_text(pins.read_text(encoding="utf-8") + "# new pins\n", encoding="utf-8", newline="\n")
    change(project / "README.md", "## Start\n", "## Start here\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=2")
    git(folder, "tag", "2")
    return folder


def test_an_update_keeps_what_the_owner_has_changed(template, tmp_path):
    first, second = (git(template, "rev-parse", tag) for tag in ("1", "2"))
    cruft(tmp_path, "create", str(template), "--checkout", "1", "--no-input", "--default-config")
    project = tmp_path / "my-site"
    assert f"Made with cookiecutter-django-media at commit {first}." in (project / "README.md").read_text()
    git(project, "init", "--quiet")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message=as generated")
    own = {
        "config/settings.py": ('    "gallery",\n', '    "gallery",\n    "shop",\n'),
        "README.md": ("## Start\n", "## How we work\n"),
        "gallery/views.py": ("paginate_by = 24", "paginate_by = 12"),
        "docs/index.md": ("# Media\n", "# Media of our site\n"),
        "pyproject.toml": ('    "gunicorn>=23",\n', '    "gunicorn>=23",\n    "stripe>=13",\n'),
        ".env-local": ("\n", "\nOURS=1\n"),
    }
    for name, (old, new) in own.items():
        path = project / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8", newline="\n")
    pins = project / "requirements.txt"
    pins.write_text("stripe==13.0.0\n" + pins.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
    git(project, "commit", "--quiet", "--all", "--message=ours")

    cruft(project, "update", "--checkout", "2", "--skip-apply-ask")
    assert json.loads((project / ".cruft.json").read_text())["commit"] == second
    assert not list(project.rglob("*.rej")) and not list(project.rglob("*.orig"))
    for name, (_, new) in own.items():
        text = (project / name).read_text(encoding="utf-8")
        assert new in text and "<<<<<<<" not in text, name
    assert "NEW_SETTING = True" in (project / "config/settings.py").read_text(encoding="utf-8")
    assert (project / "mediastore/new.py").exists()
    assert pins.read_text(encoding="utf-8").startswith("stripe==") and "# new pins" not in pins.read_text()
    cruft(project, "check", "--checkout", "2")
