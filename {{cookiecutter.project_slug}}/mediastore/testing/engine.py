"""For tests with a Docker engine: the project's image, its services by Compose, and somebody with a browser.

Names of containers and volumes begin with `test-docker-`; all are taken away at the end.
"""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any, Self

from mediastore.testing.s3_server import free_port

ROOT = Path(__file__).resolve().parents[2]
PREFIX = f"test-docker-{os.getpid()}"
# Of this machine only what the client itself reads: a build and Compose must need no variable of a site.
CLIENT = ("HOME", "PATH", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "XDG_RUNTIME_DIR", "MINIO_IMAGE")
BARE = {name: os.environ[name] for name in CLIENT if name in os.environ}


def is_available() -> bool:
    """Whether a Docker engine answers, and Compose is there."""
    if not shutil.which("docker"):
        return False
    return not any(
        subprocess.run(["docker", *words], capture_output=True).returncode
        for words in (["info"], ["compose", "version"])
    )


def docker(*words: str, environ: dict[str, str] | None = None, status: int = 0, timeout: float = 900) -> str:
    """What `docker` says, on both streams; the test fails where it ends with another status."""
    command = ["docker", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=BARE | (environ or {}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout
    )
    output = done.stdout.decode(errors="replace")
    assert done.returncode == status, f"{' '.join(command)} ended with {done.returncode}:\n{output}"
    return output.strip()


def inspect(name: str) -> dict[str, Any]:
    """What the engine knows of a container or an image."""
    found: dict[str, Any] = json.loads(docker("inspect", name))[0]
    return found


@contextmanager
def built_image() -> Iterator[str]:
    """The name of the production image, built without any variable of a site."""
    name = f"{PREFIX}-image"
    arguments = ["--build-arg", "VERSION=1.2.3", "--build-arg", "COMMIT=0a1b2c3"]
    docker("build", "--quiet", "--target", "production", *arguments, "--tag", name, ".")
    try:
        yield name
    finally:
        docker("image", "rm", "--force", name)


class Compose:
    """docker-compose.yml on free ports, under a name of its own."""

    def __init__(self, name: str) -> None:
        self.project = f"{PREFIX}-{name}"
        self.ports = _free_ports(3)
        self.storage_port = free_port()
        self.environ = {
            "WEB_PORT": f"{self.ports[0]}-{self.ports[-1]}",
            "STORAGE_PORT": str(self.storage_port),
            "CONSOLE_PORT": str(free_port()),
        }

    @property
    def network(self) -> str:
        return f"{self.project}_default"

    def __call__(self, *words: str, **options: Any) -> str:
        return docker("compose", "--project-name", self.project, *words, environ=self.environ, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self("down", "--volumes", "--rmi", "local", "--timeout", "2")

    def database(self, name: str) -> str:
        """The URL of a new and empty database."""
        self("exec", "-T", "database_default", "createdb", "--host=127.0.0.1", "--username=postgres", name)
        return f"postgres://postgres@database_default:5432/{name}"

    def dsn(self, bucket: str) -> str:
        """The DSN of a bucket, whose signed URLs a browser on this machine can open."""
        return f"s3+http://minio:minio-secret@{bucket}.storage:9000/?public_endpoint=http%3A%2F%2F127.0.0.1%3A{self.storage_port}"


@contextmanager
def site(image: str, network: str, environ: dict[str, str], *options: str) -> Iterator[tuple[str, int]]:
    """A running container of `image`: its name and its port on 127.0.0.1."""
    name, port = f"{PREFIX}-{uuid.uuid4().hex[:8]}", free_port()
    given = [word for pair in environ.items() for word in ("--env", "=".join(pair))]
    docker(
        "run",
        "--detach",
        "--name",
        name,
        "--network",
        network,
        "--publish",
        f"127.0.0.1:{port}:80",
        *given,
        *options,
        image,
    )
    try:
        wait_for(port, name)
        yield name, port
    finally:
        docker("rm", "--force", "--volumes", name)


def one_off(image: str, network: str, environ: dict[str, str], *command: str) -> str:
    """What a command says in a container of its own."""
    given = [word for pair in environ.items() for word in ("--env", "=".join(pair))]
    return docker("run", "--rm", "--network", network, *given, image, *command)


def wait_for(port: int, name: str | None = None, seconds: float = 120) -> None:
    """Wait until the site on `port` says that it is alive."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if Visitor(port).get("/healthz")[0] == 200:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
    raise TimeoutError(f"no answer on port {port}\n{docker('logs', name) if name else ''}")


class Visitor:
    """Somebody with a browser, whose requests come by a proxy that speaks https where `host` is given."""

    def __init__(self, port: int, host: str | None = None) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.headers = {"Host": host or f"127.0.0.1:{port}"}
        if host:
            self.headers |= {
                "X-Forwarded-Proto": "https",
                "X-Forwarded-For": "203.0.113.7",
                "Referer": f"https://{host}/",
            }

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Iterable[tuple[str, str]] = ()
    ) -> tuple[int, Message, bytes]:
        """Status, headers and body of an answer; redirects are not followed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body, {**self.headers, "Cookie": cookies, **dict(headers)})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        for cookie in response.headers.get_all("Set-Cookie", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, response.headers, answer

    def get(self, path: str, **headers: str) -> tuple[int, Message, bytes]:
        return self.request("GET", path, headers=headers.items())

    def post(
        self, path: str, fields: dict[str, str], files: dict[str, tuple[str, bytes]] | None = None
    ) -> tuple[int, str]:
        """Fill in the form at `path` and send it; its status and body."""
        form = self.get(path)[2].decode()
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[0]
        boundary, body = uuid.uuid4().hex, b""
        for name, value in {**fields, "csrfmiddlewaretoken": token}.items():
            body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, (filename, content) in (files or {}).items():
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'
            body += head.encode() + content + b"\r\n"
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        status, _, answer = self.request("POST", path, body + f"--{boundary}--\r\n".encode(), headers.items())
        return status, answer.decode(errors="replace")

    def log_in(self, name: str, password: str) -> None:
        status, answer = self.post("/admin/login/?next=/admin/", {"username": name, "password": password})
        assert status == 302, answer


def _free_ports(count: int) -> list[int]:
    """Ports in a row, as a range in docker-compose.yml wants them."""
    while True:
        first = free_port()
        listeners = [socket.socket() for _ in range(count)]
        try:
            for offset, listener in enumerate(listeners):
                listener.bind(("127.0.0.1", first + offset))
            return list(range(first, first + count))
        except OSError:
            continue
        finally:
            for listener in listeners:
                listener.close()
