"""Removes what was not chosen, puts the chosen pins in their place and says what to type next."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

# tojson escapes apostrophes and leaves quotes, so this literal holds any answer.
ANSWERS = json.loads(r'{{ cookiecutter|tojson }}')  # fmt: skip

if not ANSWERS["use_filer"]:
    shutil.rmtree("mediastore/filer")
    shutil.rmtree("mediastore/tests/filer")
    Path("mediastore/management/commands/filer_check.py").unlink()
if not ANSWERS["example_app"]:
    shutil.rmtree("gallery")

pins = f"django{ANSWERS['django_version']}-{'filer' if ANSWERS['use_filer'] else 'thumbnails'}"
for kind in ("requirements", "requirements-dev"):
    Path("pins", f"{pins}-{kind}.txt").replace(f"{kind}.txt")
shutil.rmtree("pins")


def origin():
    """Where the template is from and which commit of it this is, as far as that is known and no machine's path."""
    source, commit = str(ANSWERS.get("_template", "")), ANSWERS.get("_commit")
    if ":" in source and not source.startswith("file:") and not Path(source).exists():
        yield f" from {re.sub('//[^/]*@', '//', source).partition('?')[0]}"  # without a password or a token
    if not commit and Path(ANSWERS.get("_repo_dir", ""), ".git").exists():
        try:
            git = ["git", "-C", ANSWERS["_repo_dir"], "rev-parse", "HEAD"]
            commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            pass
    if commit:
        yield f" at commit {commit}"


readme, made = Path("README.md"), "Made with cookiecutter-django-media"
readme.write_bytes(readme.read_bytes().replace(f"{made}.".encode(), f"{made}{''.join(origin())}.".encode()))

if not os.environ.get("COOKIECUTTER_QUIET"):  # set by `make demo`, which goes on by itself
    print(f"""
{ANSWERS["project_slug"]} is ready. Next:

    cd {ANSWERS["project_slug"]}

and, with Docker, `docker compose up`, or with Python {ANSWERS["__python"]} or newer alone, `make run`.
Both serve http://127.0.0.1:8000/; README.md has the rest.
""")
