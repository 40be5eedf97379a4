"""Compiles all pins anew: `make requirements`. Universal (every Python and system), with hashes, naming no index.

Those of the generated project, for each Django version, with filer and without, from the rendered pyproject.toml; and
those of the template itself.
"""

import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "{{cookiecutter.project_slug}}" / "pins"
HEADER = "# Compiled from pyproject.toml by `make requirements`; do not edit by hand.\n"
PYTHON = {"5.2": "3.11", "6.1": "3.12"}


def main():
    compile_pins(ROOT / "pyproject.toml", ROOT / "requirements.txt", "3.11")
    compile_pins(ROOT / "pyproject.toml", ROOT / "requirements-test.txt", "3.11", "--extra", "test")
    for django, use_filer in itertools.product(PYTHON, (True, False)):
        with tempfile.TemporaryDirectory() as folder:
            answers = {"django_version": django, "use_filer": use_filer}
            project = cookiecutter(
                str(ROOT),
                no_input=True,
                extra_context=answers,
                output_dir=folder,
                accept_hooks=False,
                default_config=True,
            )
            source = Path(project, "pyproject.toml")
            pins = f"django{django}-{'filer' if use_filer else 'thumbnails'}"
            compile_pins(source, PINS / f"{pins}-requirements.txt", PYTHON[django])
            compile_pins(source, PINS / f"{pins}-requirements-dev.txt", PYTHON[django], "--extra", "dev")
        print(pins)


def compile_pins(source, pins, python, *options, upgrade=True):
    """Write to the path `pins` what `source` needs from Python `python` on; without `upgrade` keep what is there."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    command += ["--no-header", "--no-annotate", "--python-version", python, *options, str(source)]
    command += ["--upgrade"] if upgrade else ["--output-file", str(pins)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    text = done.stdout if upgrade else pins.read_text(encoding="utf-8")
    pins.write_text(HEADER + text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
