"""The production image, on a Docker engine: what is in it, how it starts, answers and stops. `make test-docker`."""

import json
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mediastore.testing import engine
from mediastore.testing.engine import Visitor, docker, inspect, one_off, site

pytestmark = pytest.mark.docker
HOST = "www.example.com"


@pytest.fixture(scope="module")
def image():
    with engine.built_image() as name:
        yield name


@pytest.fixture(scope="module")
def services():
    with engine.Compose("services") as compose:
        compose("up", "--detach", "--wait", "database_default", "storage")
        yield compose


def divios(services, name):
    """What Divio sets, and nothing else."""
    database = services.database(name)
    return {
        "CACHE_URL": "locmemcache://",
        "DATABASE_URL": database,
        "DEFAULT_DATABASE_DSN": database,
        "DEFAULT_STORAGE_DSN": services.dsn(name),
        "DOMAIN": HOST,
        "DOMAIN_ALIASES": "alias.example.com",
        "DOMAIN_REDIRECTS": "example.com,old.example.com",
        "EMAIL_URL": "smtp://mail.example.com:25",
        "GIT_BRANCH": "main",
        "SECRET_KEY": "".join(chr(48 + number) for number in range(60)),
        "SITE_NAME": "site",
        "STAGE": "live",
    }


def test_the_image_adds_at_most_120_megabytes_to_its_base(image):
    base = re.match(r"FROM (\S+)", (engine.ROOT / "Dockerfile").read_text(encoding="utf-8"))[1]
    whole, below = (inspect(name)["Size"] for name in (image, base))
    print(f"the image adds {(whole - below) / 1e6:.1f} MB to {base}")
    assert whole - below <= 120e6


def test_the_image_says_what_it_is_and_how_to_run_it(image):
    config = inspect(image)["Config"]
    labels = {name.rpartition(".")[2]: value for name, value in config["Labels"].items()}
    assert (labels["version"], labels["revision"]) == ("1.2.3", "0a1b2c3")
    assert (config["User"], config["StopSignal"], list(config["ExposedPorts"])) == ("1000", "SIGTERM", ["80/tcp"])
    assert config["Healthcheck"]["Test"][0] == "CMD"


def test_nothing_of_tests_or_documentation_is_in_the_image(image):
    found = docker("run", "--rm", image, "find", "/app", "-type", "f").splitlines()
    assert (
        "/app/manage.py" in found and "/app/mediastore/dsn.py" in found and "/app/staticfiles/staticfiles.json" in found
    )
    unwanted = re.compile(
        r"/(tests?|docs|testing)/|/(test_\w*|tests|conftest)\.py|\.(md|toml|txt|ini|yml)$|/\.|/Makefile"
    )
    assert [path for path in found if unwanted.search(path) and "/staticfiles/" not in path] == []


def test_a_site_whose_variables_were_forgotten_says_so_in_one_line(image):
    given = ["--env", "SECRET_KEY=own"]
    said = docker("run", "--rm", *given, image, status=1)
    assert "\n" not in said
    for name in ("DATABASE_URL", "DEFAULT_STORAGE_DSN", "PRIVATE_STORAGE_DSN", "EMAIL_URL", "ALLOW_MISSING"):
        assert name in said


def test_it_runs_with_divios_variables_alone_and_can_write_nothing(image, services):
    environ = divios(services, "divio")
    one_off(image, services.network, environ, "python", "manage.py", "release")
    hardened = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--health-interval=1s"]
    with site(image, services.network, environ, *hardened) as (name, port):
        assert Visitor(port, "evil.example.com").get("/healthz")[0] == 200
        assert Visitor(port, "evil.example.com").get("/admin/")[0] == 400
        assert Visitor(port, HOST).get("/admin/login/")[0] == 200
        assert Visitor(port, "alias.example.com").get("/admin/login/")[0] == 200
        status, headers, _ = Visitor(port, "old.example.com").get("/a/b?c=%20d")
        assert (status, headers["Location"]) == (301, f"https://{HOST}/a/b?c=%20d")
        status, headers, _ = Visitor(port).get("/admin/login/?x=1", Host=HOST)
        assert (status, headers["Location"]) == (301, f"https://{HOST}/admin/login/?x=1")
        page = Visitor(port, HOST).get("/admin/login/")[2].decode()
        assert Visitor(port, HOST).get(re.search(r'"(/static/[^"]+\.css)"', page)[1])[0] == 200
        for _ in range(100):
            if (health := inspect(name)["State"]["Health"]["Status"]) == "healthy":
                break
            time.sleep(0.2)
        assert health == "healthy"
        lines = docker("logs", name).splitlines()
        assert not [
            line for line in lines if re.search("error(?!:)|traceback|denied", line.replace("gunicorn.error", ""), re.I)
        ]
        assert sum("evil.example.com" in line for line in lines) == 1
        assert any(' 203.0.113.7 "GET /admin/login/" 200 ' in line for line in lines)


def test_the_first_migrations_of_three_instances_at_once(image, services):
    environ = divios(services, "three")
    with ThreadPoolExecutor() as pool:
        release = ("python", "manage.py", "release")
        said = list(pool.map(lambda _: one_off(image, services.network, environ, *release), range(3)))
    assert sorted("Applying" in one for one in said) == [False, False, True], said


def test_what_is_under_way_is_finished_when_the_site_is_stopped(image, services):
    environ = divios(services, "stopped")
    one_off(image, services.network, environ, "python", "manage.py", "release")
    with (
        site(image, services.network, environ) as (name, port),
        socket.create_connection(("127.0.0.1", port), 60) as request,
    ):
        head = f"POST /admin/login/ HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\nContent-Length: 8\r\n"
        request.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\na=".encode())
        time.sleep(1)
        stop = threading.Thread(target=docker, args=("stop", "--time=60", name))
        begun = time.monotonic()
        stop.start()
        time.sleep(3)
        assert stop.is_alive()
        request.sendall(b"bcdefg")
        assert request.recv(100).startswith(b"HTTP/1.1 403")  # answered, by a form's protection
        stop.join()
        assert time.monotonic() - begun < 25
        assert inspect(name)["State"]["ExitCode"] == 0


def test_the_devcontainer_names_services_of_docker_compose():
    devcontainer = json.loads((engine.ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    assert (engine.ROOT / ".devcontainer" / devcontainer["dockerComposeFile"]).samefile(
        engine.ROOT / "docker-compose.yml"
    )
    services = docker("compose", "config", "--services").split()
    named = [devcontainer["service"], *(port.partition(":")[0] for port in devcontainer["forwardPorts"])]
    assert set(named) <= set(services) == {"web", "database_default", "storage"}
