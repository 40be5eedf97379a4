"""An S3 server for tests: one that is there, or one that is started on a free port of 127.0.0.1 and stopped again.

In this order: `S3_TEST_ENDPOINT` (http://KEY:SECRET@HOST:PORT), a `minio` binary, a Docker engine, moto's server.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

IMAGE = "pgsty/silo:RELEASE.2026-09-03T13-18-01Z"
KEY, SECRET = "test-key", "test-secret/+%"  # what has to be percent-encoded is in it on purpose
HOW_TO_GET_ONE = "set S3_TEST_ENDPOINT=http://KEY:SECRET@HOST:PORT or put a minio binary on PATH"


@dataclass(frozen=True)
class Server:
    """A server that answers. `is_real` is false for moto, which checks no signatures."""

    name: str
    address: str  # http://HOST:PORT
    key: str
    secret: str = field(repr=False)
    is_real: bool = True
    software: str = ""  # as its answers' Server header has it

    @property
    def endpoint(self):
        """The value of `S3_TEST_ENDPOINT` that names this server."""
        scheme, _, host = self.address.partition("://")
        return f"{scheme}://{quote(self.key, safe='')}:{quote(self.secret, safe='')}@{host}"

    def dsn(self, bucket, query=""):
        """A storage DSN for a bucket here, in the form that .env-local has."""
        scheme, _, host = self.address.partition("://")
        credentials = f"{quote(self.key, safe='')}:{quote(self.secret, safe='')}"
        return f"{'s3+http' if scheme == 'http' else 's3'}://{credentials}@{bucket}.{host}/{query}"


@contextmanager
def running():
    """The first Server of the order above; None where not even moto is installed."""
    if os.environ.get("S3_TEST_ENDPOINT"):
        yield _given(os.environ["S3_TEST_ENDPOINT"])
        return
    for start in (_minio, _docker, moto):
        with start() as server:
            if server:
                yield server
                return
    yield None


def _given(url):
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    address = f"{parts.scheme}://{host}"
    wait(address)
    software = _software(address)
    return Server(
        name=f"{software or 'S3'} at {host} (S3_TEST_ENDPOINT)",
        address=address,
        key=unquote(parts.username or os.environ.get("AWS_ACCESS_KEY_ID", "minioadmin")),
        secret=unquote(parts.password or os.environ.get("AWS_SECRET_ACCESS_KEY", "minioadmin")),
        is_real=not software.startswith("Werkzeug"),  # which is moto's
        software=software,
    )


def _minio():
    environment = {"MINIO_ROOT_USER": KEY, "MINIO_ROOT_PASSWORD": SECRET, "MINIO_BROWSER": "off"}
    return _binary("minio", ["server", "{folder}", "--address", "{address}", "--quiet"], environment)


def versitygw():
    """versitygw, where there is a binary: its conditional writes are not atomic. None without one."""
    environment = {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET}
    return _binary("versitygw", ["--port", "{address}", "posix", "{folder}"], environment)


@contextmanager
def _binary(name, arguments, environment):
    path = os.pathsep.join([os.environ.get("PATH", ""), os.path.expanduser("~/.local/bin")])
    binary = shutil.which(name, path=path)
    if not binary:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        filled = [argument.format(folder=folder, address=f"127.0.0.1:{port}") for argument in arguments]
        with _process([binary, *filled], {**os.environ, **environment}) as address:
            yield Server(f"{name} ({binary})", address(port), KEY, SECRET)


@contextmanager
def _docker():
    image = os.environ.get("MINIO_IMAGE", IMAGE)
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True).returncode:
        yield None
        return
    port, name = free_port(), f"test-s3-{os.getpid()}"
    command = ["docker", "run", "--rm", "--name", name, "-p", f"127.0.0.1:{port}:9000"]
    command += ["-e", f"MINIO_ROOT_USER={KEY}", "-e", f"MINIO_ROOT_PASSWORD={SECRET}", image, "server", "/data"]
    if subprocess.run(["docker", "image", "inspect", image], capture_output=True).returncode:
        if subprocess.run(["docker", "pull", image], capture_output=True).returncode:
            yield None
            return
    try:
        with _process(command, dict(os.environ)) as address:
            yield Server(f"MinIO (Docker image {image})", address(port), KEY, SECRET)
    finally:
        subprocess.run(["docker", "rm", "-f", name], capture_output=True)


@contextmanager
def moto():
    """moto's server, which checks no signatures and has ACLs. None where it is not installed."""
    try:
        import moto.server  # noqa: F401
    except ImportError:
        yield None
        return
    port = free_port()
    with _process(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], dict(os.environ)
    ) as address:
        yield Server("moto", address(port), KEY, SECRET, is_real=False)


@contextmanager
def _process(command, environment):
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

        def address(port):
            try:
                return wait(f"http://127.0.0.1:{port}", process)
            except TimeoutError as error:
                log.seek(0)
                raise TimeoutError(f"{error}\n{log.read().decode(errors='replace')}") from None

        try:
            yield address
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _software(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return response.headers.get("Server", "")
    except urllib.error.HTTPError as error:
        return error.headers.get("Server", "")


def free_port():
    """A port of 127.0.0.1 that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait(address, process=None, seconds=60):
    """Wait until `address` answers, whatever it says; TimeoutError where it does not, or `process` has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and (process is None or process.poll() is None):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return address
        except urllib.error.HTTPError:
            return address  # it answers
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"No answer from {address} in {seconds} seconds.")
