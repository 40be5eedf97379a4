"""Removes what was not chosen, puts the chosen pins in their place and says what to type next."""

import json
import shutil
import sys
from pathlib import Path

# tojson escapes apostrophes and leaves quotes, so this literal holds any answer.
ANSWERS = json.loads(r'{{ cookiecutter|tojson }}')  # fmt: skip

if not ANSWERS["use_filer"]:
    shutil.rmtree("mediastore/filer")
    Path("tests/test_filer.py").unlink()
if not ANSWERS["example_app"]:
    shutil.rmtree("gallery")
    for name in ("gallery", "instances"):
        Path(f"tests/test_{name}.py").unlink()

pins = f"django{ANSWERS['django_version']}-{'filer' if ANSWERS['use_filer'] else 'thumbnails'}"
for kind in ("requirements", "requirements-dev"):
    Path("pins", f"{pins}-{kind}.txt").replace(f"{kind}.txt")
shutil.rmtree("pins")

sys.stdout.reconfigure(errors="replace")
print(f"""
{ANSWERS["project_slug"]} is ready. Next, with Docker:

    cd {ANSWERS["project_slug"]}
    docker compose up

or with Python alone, media on the local disk:

    cd {ANSWERS["project_slug"]}
    make run
""")
