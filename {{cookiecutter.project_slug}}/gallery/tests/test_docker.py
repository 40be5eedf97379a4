"""Three instances of the site on a Docker engine: one database, one storage, nothing of their own. `make test-docker`."""

import hashlib
import json
import random
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from mediastore.testing import engine
from mediastore.testing.engine import Visitor, docker, one_off, site, wait_for

pytestmark = pytest.mark.docker
HOST = "www.example.com"
LOGIN = {
    "DJANGO_SUPERUSER_USERNAME": "admin",
    "DJANGO_SUPERUSER_PASSWORD": "admin",
    "DJANGO_SUPERUSER_EMAIL": "a@example.com",
}
STATE = """
import hashlib, json
from django.core.files.storage import storages
from gallery.models import Document
private = storages["private"]
digest = lambda file: hashlib.sha256(file.open().read()).hexdigest()
rows = {document.file.name: [document.title, digest(document.file)] for document in Document.objects.all()}
names = private.listdir("gallery/documents")[1]
print(json.dumps({"rows": rows, "sizes": {f"gallery/documents/{name}": private.size(f"gallery/documents/{name}") for name in names}}))
"""


def link_to(page, text):
    """Where the link that shows `text`, or a picture with that name, leads."""
    return re.search(rf'href="([^"]+)">(?:<img [^>]*alt="{text}"|{text})', page.decode())[1]


def public_file(url, storage_port):
    """What everybody gets at the URL of a public file."""
    parts = urlsplit(url)
    assert parts.netloc == f"127.0.0.1:{storage_port}", url
    return Visitor(storage_port).get(parts.path)[2]


def private_file(visitor, path, storage_port):
    """What the redirect of a private file leads to."""
    status, headers, _ = visitor.get(path)
    assert status == 302, status
    parts = urlsplit(headers["Location"])
    assert parts.netloc == f"127.0.0.1:{storage_port}", headers["Location"]
    return Visitor(storage_port).get(f"{parts.path}?{parts.query}")[2]


def visitors(ports, host=None):
    """One for each instance, with a login."""
    everybody = [Visitor(port, host) for port in ports]
    for visitor in everybody:
        visitor.log_in("admin", "admin")
    return everybody


def uploads_and_reads(everybody, jpeg, storage_port):
    """What one instance stores, all serve: a picture, its thumbnail and a private file."""
    one = everybody[0]
    assert one.post("/pictures/add/", {"title": "From one"}, {"image": ("one.jpg", jpeg)})[0] == 302
    assert one.post("/documents/add/", {"title": "Secret"}, {"file": ("one.txt", b"secret of one")})[0] == 302
    is_there(everybody, jpeg, storage_port)


def is_there(everybody, jpeg, storage_port):
    for visitor in everybody:
        page = visitor.get("/")[2]
        assert public_file(link_to(page, "From one"), storage_port) == jpeg
        thumbnail = re.search(r'<img src="([^"]+)"[^>]*alt="From one"', page.decode())[1]
        assert public_file(thumbnail, storage_port).startswith(b"\xff\xd8")
        document = link_to(page, "Secret")
        assert private_file(visitor, document, storage_port) == b"secret of one"
        assert (
            Visitor(visitor.port, visitor.headers["Host"] if "Referer" in visitor.headers else None).get(document)[0]
            == 404
        )


def test_docker_compose_with_three_instances_on_other_ports(jpeg):
    """`docker compose up --scale web=3`: first migrations at once, files of all, a reload, and a restart of everything."""
    with engine.Compose("walk") as compose:
        compose("up", "--detach", "--build", "--scale", "web=3")
        for port in compose.ports:
            wait_for(port)
        logs = compose("logs", "--no-color", "web")
        assert logs.count("Applying gallery.0001_initial") == 1, logs
        compose("exec", "-T", "web", "python", "manage.py", "add_samples", "--login", "admin")
        uploads_and_reads(visitors(compose.ports), jpeg, compose.storage_port)
        compose("exec", "-T", "web", "touch", "gallery/views.py")
        for _ in range(50):
            if "gallery/views.py changed, reloading" in compose("logs", "web"):
                break
            time.sleep(0.2)
        else:
            pytest.fail(compose("logs", "web"))
        compose("down", "--timeout", "2")  # the containers; the volumes stay
        compose("up", "--detach", "--scale", "web=3")
        for port in compose.ports:
            wait_for(port)
        is_there(visitors(compose.ports), jpeg, compose.storage_port)


@pytest.fixture(scope="module")
def image():
    with engine.built_image() as name:
        yield name


@pytest.fixture(scope="module")
def services():
    with engine.Compose("gallery") as compose:
        compose("up", "--detach", "--wait", "database_default", "storage")
        yield compose


@pytest.fixture(scope="module")
def environ(image, services):
    """The variables of a live site, released, with somebody to log in as."""
    environ = {
        "DATABASE_URL": services.database("live"),
        "DEFAULT_STORAGE_DSN": services.dsn("live"),
        "DOMAIN": HOST,
        "EMAIL_URL": "dummymail://",
        "PRIVATE_STORAGE_DSN": services.dsn("live-private"),
        "SECRET_KEY": "".join(chr(48 + number) for number in range(60)),
        "STAGE": "live",
    }
    one_off(image, services.network, environ, "python", "manage.py", "release")
    one_off(image, services.network, environ | LOGIN, "python", "manage.py", "createsuperuser", "--noinput")
    return environ


@pytest.fixture(scope="module")
def instances(image, services, environ):
    """Names and ports of three instances of the production image."""
    with ExitStack() as stack:
        yield [stack.enter_context(site(image, services.network, environ)) for _ in range(3)]


def test_three_instances_serve_what_one_stores_also_after_a_restart_of_everything(instances, services, jpeg):
    ports = [port for _, port in instances]
    uploads_and_reads(visitors(ports, HOST), jpeg, services.storage_port)
    docker("restart", "--time=30", *(name for name, _ in instances))
    services("restart", "--timeout", "10")
    services("up", "--detach", "--wait", "database_default", "storage")
    for port in ports:
        wait_for(port)
    is_there(visitors(ports, HOST), jpeg, services.storage_port)


def test_an_instance_that_is_killed_leaves_no_partial_object_and_no_row_without_its_object(
    instances, image, services, environ
):
    (name, port), (_, other) = instances[:2]
    sent, outcomes = {}, Counter()

    def upload(visitor, content):
        try:
            files = {"file": ("large.bin", content)}
            outcomes[visitor.post("/documents/add/", {"title": hashlib.sha256(content).hexdigest()}, files)[0]] += 1
        except Exception as error:  # the instance is gone: in whatever way the connection tells
            outcomes[type(error).__name__] += 1

    for delay, is_paused in ((0.2, False), (0.4, True), (0.7, True), (0.9, False), (1.5, False)):
        visitor = visitors([port], HOST)[0]
        contents = [random.randbytes(12_000_000 + number) for number in range(4)]
        sent |= {hashlib.sha256(content).hexdigest(): len(content) for content in contents}
        threads = [threading.Thread(target=upload, args=(visitor, content)) for content in contents]
        for thread in threads:
            thread.start()
        time.sleep(delay)
        if is_paused:  # so that it dies with an answer of the storage's outstanding
            services("pause", "storage")
            time.sleep(1)
        docker("kill", "--signal=KILL", name)
        if is_paused:
            services("unpause", "storage")
        for thread in threads:
            thread.join()
        docker("start", name)
        wait_for(port, name)
    for _ in range(2):
        upload(visitors([other], HOST)[0], content := random.randbytes(12_000_000))
        sent[hashlib.sha256(content).hexdigest()] = len(content)
    print(f"uploads: {dict(outcomes)}")
    assert outcomes[302] >= 2 and sum(outcomes.values()) - outcomes[302] >= 3, outcomes
    state = json.loads(one_off(image, services.network, environ, "python", "manage.py", "shell", "-v0", "-c", STATE))
    rows = {file: row for file, row in state["rows"].items() if row[0] in sent}
    assert len(rows) >= outcomes[302]
    assert all(title == digest for title, digest in rows.values())
    assert rows.keys() <= state["sizes"].keys()
    large = {file: size for file, size in state["sizes"].items() if "large" in file}
    print(f"objects: {len(large)}, of which {len(large.keys() - rows.keys())} have no row")
    assert set(large.values()) <= set(sent.values())


def test_two_hundred_requests_at_once_without_an_error(instances, environ):
    name, port = instances[2]
    visitor = visitors([port], HOST)[0]
    page = visitor.get("/")[2]
    paths = ["/", link_to(page, "Secret"), "/healthz", "/admin/"] if b"Secret" in page else ["/", "/healthz", "/admin/"]
    with ThreadPoolExecutor(200) as pool:
        answers = Counter(pool.map(lambda number: visitor.get(paths[number % len(paths)])[0], range(200)))
    number, unit = re.search(r"([\d.]+)(\w+) / ", docker("stats", "--no-stream", name)).groups()
    memory = f"{number} {unit}"
    print(f"200 requests at once: {dict(answers)}; memory of the instance afterwards: {memory}")
    assert set(answers) <= {200, 302}
    assert unit == "MiB" and float(number) < 300
