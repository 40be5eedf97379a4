"""`make demo`: renders the template with its defaults, installs, adds samples, serves, and says where to look."""

import argparse
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".demo"
# What would make the demo somebody else's site. The storage DSNs stay: with them the demo runs on MinIO or S3.
FOREIGN = "DJANGO_SETTINGS_MODULE DATABASE_URL DEFAULT_DATABASE_DSN CACHE_URL EMAIL_URL STAGE DEBUG SECRET_KEY".split()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            sys.exit(f"Port {port} of 127.0.0.1 is in use; take another: make demo PORT={port + 1}")
    say("Rendering the template")
    os.environ["COOKIECUTTER_QUIET"] = "1"
    project = Path(
        cookiecutter(str(ROOT), no_input=True, output_dir=str(FOLDER), overwrite_if_exists=True, default_config=True)
    )
    environ = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    # A database for each place: rows of another one's would name files that are not there.
    place = "|".join(environ.get(name, "") for name in ("DEFAULT_STORAGE_DSN", "PRIVATE_STORAGE_DSN"))
    database = FOLDER / f"db-{hashlib.sha256(place.encode()).hexdigest()[:8]}.sqlite3"
    environ["DATABASE_URL"] = f"sqlite:///{database}"
    python = install(project / "requirements.txt")
    say("Making the database and the samples")
    for verb, *arguments in (["migrate", "-v0"], ["media", "setup"], ["add_samples", "--login", "admin"]):
        run([python, "manage.py", verb, "--skip-checks", *arguments], cwd=project, env=environ)
    serve([python, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"], project, environ, port)


def install(requirements):
    """The Python of an environment with `requirements`; made once for the same ones."""
    environment = FOLDER / "venv"
    installed = environment / "requirements.txt"
    if not installed.exists() or installed.read_bytes() != requirements.read_bytes():
        say("Installing Django and the rest")
        shutil.rmtree(environment, ignore_errors=True)
        run([sys.executable, str(ROOT / "tools" / "venv.py"), str(environment), str(requirements)])
        shutil.copy(requirements, installed)
    return str(environment / ("Scripts" if sys.platform == "win32" else "bin") / "python")


def serve(command, project, environ, port):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and so end the server too
    server = subprocess.Popen(command, cwd=project, env=environ)
    url = f"http://127.0.0.1:{port}/"
    try:
        while True:
            try:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30).close()
                break
            except urllib.error.HTTPError as error:
                sys.exit(f"The gallery answered {error.code}; see above.")
            except OSError:
                if server.poll() is not None:
                    sys.exit(server.returncode or 1)
                time.sleep(0.2)
        say(f"The gallery is on {url}\n  Log in as admin with the password admin on {url}admin/\n  Ctrl-C stops it.")
        sys.exit(server.wait())
    except KeyboardInterrupt:
        pass
    finally:
        server.terminate()
        server.wait()


def run(command, **options):
    if code := subprocess.run(command, **options).returncode:
        sys.exit(code)


def say(text):
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    main()
