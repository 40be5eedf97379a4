"""The pins: they follow from pyproject.toml, name no index, and are all that a site in production needs."""

import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, TEMPLATE, environment, pythons

sys.path.insert(0, str(ROOT / "tools"))
import requirements  # noqa: E402

KINDS = [(django, use_filer) for django in requirements.PYTHON for use_filer in (True, False)]
each_kind = pytest.mark.parametrize(("django", "use_filer"), KINDS)


@pytest.mark.slow
@each_kind
def test_the_pins_of_production_are_complete(django, use_filer, bake, run):
    """In an environment of nothing else, installed with `--require-hashes`."""
    if django not in pythons():
        pytest.skip(f"no Python for Django {django}")
    pins = TEMPLATE / "pins" / f"django{django}-{'filer' if use_filer else 'thumbnails'}-requirements.txt"
    python = environment(pythons()[django], pins)
    project = bake(django_version=django, use_filer=use_filer)
    assert pins.read_bytes() == (project / "requirements.txt").read_bytes()
    subprocess.run([sys.executable, "-m", "uv", "pip", "check", "--quiet", "--python", python], check=True)
    production = {"STAGE": "live", "SECRET_KEY": "x" * 50, "DOMAIN": "example.com"}
    for role in ("DEFAULT", "PRIVATE"):
        production[f"{role}_STORAGE_DSN"] = f"s3://K:S@{role.lower()}.s3.eu-central-1.amazonaws.com/"
    production |= {"DATABASE_URL": "postgres://u:p@127.0.0.1:5432/db", "EMAIL_URL": "dummymail://"}
    run([python, "-B", "manage.py", "check"], project, **production)
    run([python, "-B", "manage.py", "collectstatic", "--noinput", "--dry-run"], project)  # as an image is built
    run([python, "-B", "-c", "import config.wsgi, gunicorn, psycopg"], project, **production)


@pytest.mark.slow
@each_kind
def test_the_pins_follow_from_pyproject(django, use_filer, bake, tmp_path):
    """Compiling without upgrades changes nothing; `make requirements` compiles all of them anew."""
    pins = TEMPLATE / "pins" / f"django{django}-{'filer' if use_filer else 'thumbnails'}-requirements-dev.txt"
    copy = tmp_path / pins.name
    shutil.copy(pins, copy)
    source = bake(django_version=django, use_filer=use_filer) / "pyproject.toml"
    requirements.compile_pins(source, copy, requirements.PYTHON[django], "--extra", "dev", upgrade=False)
    assert copy.read_text(encoding="utf-8") == pins.read_text(encoding="utf-8"), "run `make requirements`"


def test_every_pin_has_hashes_and_no_index_is_named():
    files = [*(TEMPLATE / "pins").glob("*.txt"), *ROOT.glob("requirements*.txt")]
    assert len(files) == 10
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert "://" not in text and "index" not in text, path
        for entry in text.replace("\\\n", "").splitlines():
            assert entry.startswith("#") or "==" in entry and "--hash=sha256:" in entry, (path, entry)
