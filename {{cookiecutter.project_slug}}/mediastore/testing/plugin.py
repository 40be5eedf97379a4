"""A plugin for pytest that chooses where media lies in a run, before Django reads its settings.

`pytest --storage=local` takes the local disk, `pytest --storage=s3` an S3 server (`mediastore.testing.s3_server`). The
default is S3. A run leaves out the tests that need another storage, and counts them in its last lines.

A `conftest.py` in pytest's root folder loads it with `pytest_plugins = ["mediastore.testing.plugin"]`. The option
`media_settings` of pytest's configuration names Django's settings; the default is `config.settings`. The fixtures are in
`mediastore.testing.fixtures`.
"""

import os
import secrets
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import django
import pytest

from mediastore.testing import engine, postgresql, s3_server

pytest_plugins = ["mediastore.testing.fixtures"]

MARKERS = {
    "disk": "needs media on the local disk",
    "s3": "needs an S3 server",
    "real_s3": "needs an S3 server that checks signatures",
    "not_resource": "needs an S3 server whose policies know NotResource and conditions",
    "postgresql": "needs PostgreSQL",
    "thorough": "takes minutes",
    "docker": "needs a Docker engine with Compose, and minutes",
}
SERVER = pytest.StashKey[s3_server.Server | None]()  # the S3 server of this run; None on the local disk
LEFT_OUT = pytest.StashKey[dict[str, int]]()  # how many tests this run leaves out, by marker


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--storage", choices=("local", "s3"), default="s3", help="where media lies in this run")
    parser.addini("media_settings", "Django's settings, as a dotted path", default="config.settings")


@pytest.hookimpl(tryfirst=True)  # before pytest-django sets Django up
def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    if settings.configured or os.environ.get("DJANGO_SETTINGS_MODULE"):
        raise pytest.UsageError(
            "Unset DJANGO_SETTINGS_MODULE: Django would read its settings before the tests' storage is chosen."
        )
    for marker, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")
    stack = ExitStack()
    config.add_cleanup(stack.close)
    folder = Path(tempfile.mkdtemp(prefix="test-media-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    os.environ.update(
        DJANGO_SETTINGS_MODULE=config.getini("media_settings"),
        DEFAULT_STORAGE_DSN=f"{folder.as_uri()}/media",
        PRIVATE_STORAGE_DSN=f"{folder.as_uri()}/private",
        STAGE="local",
    )
    server = None
    if config.option.storage == "s3":
        server = stack.enter_context(s3_server.running())
        if server is None:
            raise pytest.UsageError(f"No S3 server: {s3_server.HOW_TO_GET_ONE}; or use --storage=local.")
        token = secrets.token_hex(4)
        os.environ.update(
            S3_TEST_ENDPOINT=server.endpoint,  # for pytest-xdist's workers
            DEFAULT_STORAGE_DSN=server.dsn(f"test-{token}-media"),
            PRIVATE_STORAGE_DSN=server.dsn(f"test-{token}-private"),
        )
    config.stash[SERVER] = server
    django.setup()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # half a second less for each login


def pytest_report_header(config: pytest.Config) -> str:
    server = config.stash[SERVER]
    return f"media: {server.name if server else 'the local disk'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    missing = _missing(config.stash[SERVER], config.option.markexpr)
    left_out = [item for item in items if any(item.get_closest_marker(marker) for marker in missing)]
    config.stash[LEFT_OUT] = {
        marker: sum(1 for item in left_out if item.get_closest_marker(marker)) for marker in missing
    }
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def _missing(server: s3_server.Server | None, chosen: str) -> list[str]:
    """The markers of tests that this run cannot do; `chosen` is the option `-m`."""
    if server is None:
        missing = ["s3", "real_s3", "not_resource"]
    else:
        missing = ["disk"] if server.is_real else ["disk", "real_s3"]
        missing += ["not_resource"] if server.software.startswith("VERSITYGW") else []
    missing += [] if postgresql.is_available() else ["postgresql"]
    missing += [] if "docker" in chosen and engine.is_available() else ["docker"]
    return missing + ([] if os.environ.get("THOROUGH") or os.environ.get("RACES") else ["thorough"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    on_s3 = "`pytest --storage=s3`"
    real = f"{on_s3} and {s3_server.HOW_TO_GET_ONE}" if config.stash[SERVER] else on_s3
    how = {
        "disk": "`pytest --storage=local`",
        "s3": on_s3,
        "real_s3": real,
        "not_resource": real,
        "postgresql": postgresql.HOW_TO_GET_ONE,
        "thorough": "THOROUGH=1 pytest",
        "docker": "`make test-docker`",
    }
    for marker, count in config.stash.get(LEFT_OUT, {}).items():
        if count:
            terminalreporter.write_line(f"left out: {count} marked {marker} ({MARKERS[marker]}: {how[marker]})")
