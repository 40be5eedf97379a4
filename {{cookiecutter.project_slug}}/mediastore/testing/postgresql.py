"""A PostgreSQL for tests: the one of `DATABASE_URL`, or one that is started on a free port and stopped again.

Debian's packages put the programs into /usr/lib/postgresql; elsewhere they are looked for on PATH.
"""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from mediastore.testing.s3_server import free_port

HOW_TO_GET_ONE = "install PostgreSQL, or set DATABASE_URL=postgres://…"


def given():
    """The `DATABASE_URL` of this run if it names a PostgreSQL, else None."""
    url = os.environ.get("DATABASE_URL", "")
    return url if url.startswith(("postgres:", "postgresql:")) else None


def programs():
    """The folder of the newest `initdb` here; None if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    path = found[-1] if found else shutil.which("initdb")
    return Path(path).parent if path and os.name == "posix" else None


def is_available():
    return bool(given() or programs())


@contextmanager
def running():
    """The URL of a new and empty server's database, without a name. It refuses to run as root, so root becomes nobody."""
    user = {"user": "nobody"} if os.geteuid() == 0 else {}
    folder, port = tempfile.mkdtemp(prefix="test-postgresql-"), free_port()
    try:
        if user:
            import pwd  # which Windows does not have

            os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
        options = {"check": True, "capture_output": True, "cwd": folder, **user}
        initdb = ["initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([programs() / initdb[0], *initdb[1:]], **options)
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        subprocess.run([programs() / "pg_ctl", "-D", "data", "-w", "-l", "log", "-o", settings, "start"], **options)
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/"
        finally:
            subprocess.run([programs() / "pg_ctl", "-D", "data", "-m", "immediate", "stop"], **options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
