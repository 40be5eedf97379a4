"""A folder, a git URL and a zip give the same project, without a network, in under a second of processor time each.

With stock Cookiecutter, in an environment that has nothing else.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, copy_template, environment, git

CUT_OFF = ["unshare", "--map-root-user", "--net"]  # no network but an own, empty one
SECONDS = 1.0


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """The template as it is now, as a folder, a bare repository and a zip."""
    folder = tmp_path_factory.mktemp("sources")
    copy = folder / "cookiecutter-django-media"
    copy_template(copy)
    archive = str(folder / "template.zip")
    git(copy, "archive", "--prefix=cookiecutter-django-media/", f"--output={archive}", "HEAD")
    git(folder, "clone", "--quiet", "--bare", str(copy), str(folder / "template.git"))
    return {"folder": str(copy), "git": (folder / "template.git").as_uri(), "zip": archive}


def generate(source, folder):
    """Seconds of processor time that it took; the network is taken away where the system lets us.

    Beside other tests the clock on the wall would say how busy the machine is: that is tools/bench_generation.py.
    """
    config = folder / "config.yaml"
    config.write_text(f"cookiecutters_dir: {folder / 'cache'}\nreplay_dir: {folder / 'replay'}\n")
    python = environment(sys.executable, ROOT / "requirements.txt")
    command = [python, "-m", "cookiecutter", source, "--no-input", "--config-file", str(config)]
    cut_off = CUT_OFF if subprocess.run([*CUT_OFF, "true"], capture_output=True).returncode == 0 else []
    environ = {**os.environ, "https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    used = os.times()
    subprocess.run([*cut_off, *command, "-o", str(folder / "out")], env=environ, check=True, capture_output=True)
    now = os.times()
    return now.children_user + now.children_system - used.children_user - used.children_system


def test_folder_git_and_zip_give_the_same_project(sources, tmp_path, record_property):
    projects = {}
    for kind, source in sources.items():
        used = []
        for attempt in range(3):
            folder = tmp_path / f"{kind}{attempt}"
            folder.mkdir()
            used.append(generate(source, folder))
        project = folder / "out" / "my-site"
        projects[kind] = {path.relative_to(project): path.read_bytes() for path in project.rglob("*") if path.is_file()}
        record_property(f"generated from {kind}", f"{min(used):.2f} s of processor time (best of 3)")
        assert min(used) < SECONDS
    readmes = {kind: project.pop(Path("README.md")).decode() for kind, project in projects.items()}
    assert projects["folder"] == projects["git"] == projects["zip"]
    commit = f" at commit {git(sources['folder'], 'rev-parse', 'HEAD')}"
    for kind, made in {"folder": commit, "git": commit, "zip": ""}.items():
        assert f"Made with cookiecutter-django-media{made}." in readmes[kind]
    assert str(Path(sources["folder"]).parent) not in "".join(readmes.values()), "a machine's path"
