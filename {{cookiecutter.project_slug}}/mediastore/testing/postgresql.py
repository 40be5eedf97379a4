"""Finds a PostgreSQL for tests: the one of `DATABASE_URL`, or one that it starts on a free port and stops again.

It looks for the programs in /usr/lib/postgresql, where Debian's packages put them, and on PATH.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mediastore.testing.s3_server import free_port

HOW_TO_GET_ONE = "install PostgreSQL, or set DATABASE_URL=postgres://…"


def given() -> str | None:
    """The `DATABASE_URL` of this run if it names a PostgreSQL, else None."""
    url = os.environ.get("DATABASE_URL", "")
    return url if url.startswith(("postgres:", "postgresql:")) else None


def programs() -> Path | None:
    """The folder of the newest `initdb` of this machine; None if there is none, and on Windows."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    path = found[-1] if found else shutil.which("initdb")
    return Path(path).parent if path and os.name == "posix" else None


def is_available() -> bool:
    """Whether tests can have a PostgreSQL."""
    return bool(given() or programs())


@contextmanager
def running() -> Iterator[str]:
    """Run a new and empty server: its URL, without a database's name. The server refuses root, so root runs it as nobody.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
    """
    folder_of_programs = programs()
    if folder_of_programs is None:
        raise FileNotFoundError(f"There is no PostgreSQL: {HOW_TO_GET_ONE}.")
    user = {"user": "nobody"} if os.geteuid() == 0 else {}
    folder, port = tempfile.mkdtemp(prefix="test-postgresql-"), free_port()
    try:
        if user:
            import pwd  # which Windows does not have

            os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
        options: dict[str, Any] = {"check": True, "capture_output": True, "cwd": folder, **user}
        initdb = ["initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([folder_of_programs / initdb[0], *initdb[1:]], **options)
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        subprocess.run(
            [folder_of_programs / "pg_ctl", "-D", "data", "-w", "-l", "log", "-o", settings, "start"], **options
        )
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/"
        finally:
            subprocess.run([folder_of_programs / "pg_ctl", "-D", "data", "-m", "immediate", "stop"], **options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
