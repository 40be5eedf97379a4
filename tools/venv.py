"""Makes a virtual environment with pinned packages: `python3 tools/venv.py FOLDER REQUIREMENTS`."""

import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)


def main(folder, requirements):
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"Python 3.11 or newer is needed, and {sys.executable} is {found}; name another: make PYTHON=python3.13 …"
        )
    try:
        import ensurepip  # noqa: F401, PLC0415
    except ImportError:
        sys.exit("Python's venv module is not complete; on Debian and Ubuntu: apt install python3-venv")
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    python = Path(folder, "Scripts" if sys.platform == "win32" else "bin", "python")
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "-r", requirements]
    sys.exit(subprocess.run([python, "-m", "pip", "install", *options]).returncode)


if __name__ == "__main__":
    main(*sys.argv[1:])
