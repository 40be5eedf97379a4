"""Finds an S3 server for tests, or starts one on a free port of 127.0.0.1 and stops it again.

It takes the first of these: `S3_TEST_ENDPOINT` (http://KEY:SECRET@HOST:PORT), a `minio` binary, a Docker engine, moto's
server.
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
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

IMAGE = "pgsty/silo:RELEASE.2026-09-03T13-18-01Z"
KEY, SECRET = "test-key", "test-secret/+%"  # with characters that have to be percent-encoded in a DSN
HOW_TO_GET_ONE = "set S3_TEST_ENDPOINT=http://KEY:SECRET@HOST:PORT or put a minio binary on PATH"


@dataclass(frozen=True)
class Server:
    """A server that responds. `is_real` is false for moto, which checks no signatures."""

    name: str
    address: str  # http://HOST:PORT
    key: str
    secret: str = field(repr=False)
    is_real: bool = True
    software: str = ""  # the Server header of its responses

    @property
    def endpoint(self) -> str:
        """The value of `S3_TEST_ENDPOINT` that names this server."""
        scheme, _, host = self.address.partition("://")
        return f"{scheme}://{quote(self.key, safe='')}:{quote(self.secret, safe='')}@{host}"

    def dsn(self, bucket: str, query: str = "") -> str:
        """A storage DSN for a bucket of this server; `query` is a prefix, parameters, or both: "site/?acl=none"."""
        scheme, _, host = self.address.partition("://")
        credentials = f"{quote(self.key, safe='')}:{quote(self.secret, safe='')}"
        return f"{'s3+http' if scheme == 'http' else 's3'}://{credentials}@{bucket}.{host}/{query}"


@contextmanager
def running() -> Iterator[Server | None]:
    """A server for as long as the block runs; None if not even moto is installed."""
    if os.environ.get("S3_TEST_ENDPOINT"):
        yield _given(os.environ["S3_TEST_ENDPOINT"])
        return
    for start in (_minio, _docker, moto):
        with start() as server:
            if server:
                yield server
                return
    yield None


def _given(url: str) -> Server:
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
        is_real=not software.startswith("Werkzeug"),  # the web server of moto
        software=software,
    )


def _minio() -> AbstractContextManager[Server | None]:
    environment = {"MINIO_ROOT_USER": KEY, "MINIO_ROOT_PASSWORD": SECRET, "MINIO_BROWSER": "off"}
    return _binary("minio", ["server", "{folder}", "--address", "{address}", "--quiet"], environment)


def versitygw() -> AbstractContextManager[Server | None]:
    """A versitygw, whose conditional writes are not atomic; None if there is no binary."""
    environment = {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET}
    return _binary("versitygw", ["--port", "{address}", "posix", "{folder}"], environment)


@contextmanager
def _binary(name: str, arguments: list[str], environment: dict[str, str]) -> Iterator[Server | None]:
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
def _docker() -> Iterator[Server | None]:
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
def moto() -> Iterator[Server | None]:
    """moto's server, which checks no signatures and has ACLs; None if it is not installed."""
    try:
        import moto.server  # noqa: F401  (it needs Flask too, which moto alone does not install)
    except ImportError:
        yield None
        return
    port = free_port()
    with _process(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], dict(os.environ)
    ) as address:
        yield Server("moto", address(port), KEY, SECRET, is_real=False)


@contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[Callable[[int], str]]:
    """Run `command`. The block gets a function that waits until the process responds on a port, and returns its address."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

        def address(port: int) -> str:
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


def _software(address: str) -> str:
    """The Server header of what responds at `address`."""
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            headers = response.headers
    except urllib.error.HTTPError as error:
        headers = error.headers
    return str(headers.get("Server", ""))


def free_port() -> int:
    """A port of 127.0.0.1 that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait(address: str, process: subprocess.Popen[bytes] | None = None, seconds: float = 60) -> str:
    """Wait until `address` responds, with whatever status.

    Raises:
        TimeoutError: it did not respond in time, or `process` has ended.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and (process is None or process.poll() is None):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return address
        except urllib.error.HTTPError:
            return address  # an error is a response too
        except OSError:
            time.sleep(0.1)
    if process is not None and process.poll() is not None:
        raise TimeoutError(f"The server for {address} ended with status {process.poll()} before it responded.")
    raise TimeoutError(f"No answer from {address} in {seconds} seconds.")
