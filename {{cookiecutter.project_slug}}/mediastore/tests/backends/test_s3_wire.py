"""Requests to S3 and answers from it: addressing, signatures, checksums, errors, threads, forks."""

import io
import os
import random
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.awsrequest import AWSResponse
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils.module_loading import import_string

import mediastore
from mediastore.backends import s3_client, s3_upload

ROOT = Path(__file__).resolve().parents[3]


def storage_for(dsn, alias="default"):
    entry = mediastore.configure({"DEFAULT_STORAGE_DSN": dsn}, base_dir="/app")["STORAGES"][alias]
    return import_string(entry["BACKEND"])(**entry["OPTIONS"])


@pytest.fixture
def environment_credentials(monkeypatch):
    """Credentials in the environment's variables. The process forgets them, and those of other tests."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ENV/+")
    s3_client.forget()
    yield
    s3_client.forget()


@pytest.fixture
def answer():
    """`answer(storage, reply)`: answers requests instead of the server.

    `reply(request)` gives a status and an error code; if it gives None, the server answers.
    """
    registered = []

    def answer(storage, reply):
        def handler(request, **kwargs):
            if (response := reply(request)) is None:
                return None
            status, code = response
            body = f"<Error><Code>{code}</Code><Message>m</Message></Error>" if code else ""
            raw = io.BytesIO(body.encode())
            raw.stream = lambda *args, **kwargs: iter([raw.getvalue()])
            return AWSResponse(request.url, status, {"Content-Type": "application/xml"}, raw)

        storage.client.meta.events.register("before-send.s3", handler)
        registered.append((storage.client, handler))

    yield answer
    for client, handler in registered:
        client.meta.events.unregister("before-send.s3", handler)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize(
    ("dsn", "start", "checksum", "region"),
    [
        (
            "s3://K:S@my-bucket.s3.eu-west-1.amazonaws.com/",
            "https://my-bucket.s3.eu-west-1.amazonaws.com/a",
            True,
            "eu-west-1",
        ),
        (
            "s3://K:S@my.bucket.s3.eu-west-1.amazonaws.com/",
            "https://s3.eu-west-1.amazonaws.com/my.bucket/a",
            True,
            "eu-west-1",
        ),
        ("s3://K:S@my-bucket.s3.amazonaws.com/", "https://my-bucket.s3.amazonaws.com/a", True, "us-east-1"),
        (
            "s3://K:S@point-1.s3-accesspoint.eu-west-1.amazonaws.com/",
            "https://point-1.s3-accesspoint.eu-west-1.",
            True,
            "eu-west-1",
        ),
        ("s3://K:S@my-bucket.sos-ch-dk-2.exo.io/", "https://sos-ch-dk-2.exo.io/my-bucket/a", False, "ch-dk-2"),
        ("s3+http://K:S@my-bucket.storage:9000/", "http://storage:9000/my-bucket/a", False, "us-east-1"),
        (
            "s3+http://K:S@my-bucket.storage:9000/?addressing_style=virtual",
            "http://my-bucket.storage:9000/a",
            False,
            "us-east-1",
        ),
    ],
)
def test_requests_have_the_right_host_signature_and_checksum(dsn, start, checksum, region, answer):
    storage, sent = storage_for(dsn), []
    answer(storage, lambda request: sent.append(request) or (200, None))
    storage.save("a", ContentFile(b"x"))
    (request,) = sent
    headers = {name.lower(): text(value) for name, value in request.headers.items()}
    assert request.url.startswith(start)
    assert (
        headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=K/")
        and f"/{region}/s3/" in headers["authorization"]
    )
    assert any("checksum" in name or name == "x-amz-trailer" for name in headers) == checksum
    assert headers["if-none-match"] == "*" and headers["x-amz-acl"] == "public-read"
    signed = storage_for(dsn, "private").signed_url("a")
    assert signed.startswith(start.removesuffix("/a")) and "X-Amz-Signature" in signed and f"%2F{region}%2Fs3" in signed


def test_what_cannot_change_may_be_kept_for_ever():
    dsn = "s3://K:S@b-1.s3.eu-west-1.amazonaws.com/"
    name = "pictures/73/2e/732e228f-1025-49c8-8987-728cc675950d/a.jpg"
    cases = [
        ("default", "", name, "public, max-age=31536000, immutable"),
        ("default", "", "a.jpg", "public, max-age=86400"),
        ("default", "?cache_control=no-cache", name, "no-cache"),
        ("easy_thumbnails", "", name, "public, max-age=86400"),
        ("private", "", name, "private, no-store"),
    ]
    for alias, query, file, expected in cases:
        assert storage_for(dsn + query, alias).headers(file)["CacheControl"] == expected


@pytest.mark.parametrize(
    "dsn",
    [
        "s3://K:S%2F@my-bucket.s3.eu-west-1.amazonaws.com/pre%20fix/",
        "s3://K:S%2F@my.bucket.s3.amazonaws.com/",
        "s3://K:S%2F@point-1.s3-accesspoint.eu-west-1.amazonaws.com/",
        "s3://K:S%2F@my-bucket.sos-ch-dk-2.exo.io/",
        "s3+http://K:S%2F@my-bucket.storage:9000/?public_endpoint=https%3A%2F%2Fs3.example.com",
        "s3+http://K:S%2F@my-bucket.storage:9000/?addressing_style=virtual",
        "s3://my-bucket.s3.eu-west-1.amazonaws.com/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_signed_url_is_the_one_that_boto3_makes(dsn, method, environment_credentials):
    name, storage = "ordner/ü a~b(1)'!*+&=@:,;$.pdf", storage_for(dsn, "private")
    for _ in range(3):  # the two differ if a second begins between them
        made = storage.signed_url(name, 77, "Übersicht.pdf", method)
        client = s3_client.get_client(
            storage.public_endpoint,
            storage.credentials,
            region=storage.region_name,
            addressing_style=storage.addressing_style,
        )
        by_boto3 = client.generate_presigned_url(
            {"GET": "get_object", "HEAD": "head_object"}[method],
            Params={
                "Bucket": storage.bucket_name,
                "Key": storage.key(name),
                "ResponseContentType": "application/pdf",
                "ResponseCacheControl": "private, no-store",
                "ResponseContentDisposition": "inline; filename=\"bersicht.pdf\"; filename*=UTF-8''%C3%9Cbersicht.pdf",
            },
            ExpiresIn=77,
        )
        (address, query), (expected, expected_query) = (url.split("?") for url in (made, by_boto3))
        if sorted(query.split("&")) == sorted(expected_query.split("&")):
            break
    assert (address, sorted(query.split("&"))) == (expected, sorted(expected_query.split("&")))


def test_an_anonymous_url_needs_no_boto3():
    code = (
        "import sys, django; django.setup()\n"
        "from django.core.files.storage import storages\n"
        "print(storages['default'].url('a.jpg'), storages['private'].url('a.jpg'))\n"
        "sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    )
    environ = {**os.environ, "DEFAULT_STORAGE_DSN": "s3://K:S@b.s3.eu-west-1.amazonaws.com/"}
    environ["PRIVATE_STORAGE_DSN"] = "s3://K:S@p.s3.eu-west-1.amazonaws.com/"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, timeout=60).returncode == 0


def test_a_bucket_with_acls_off_is_told_with_what_to_type(answer):
    storage = storage_for("s3://K:S@no-acls.s3.eu-west-1.amazonaws.com/")
    answer(storage, lambda request: (400, "AccessControlListNotSupported"))
    with pytest.raises(PermissionError, match=r"ACLs off; put acl=none into the DSN and run `manage.py media setup`"):
        storage.save("a", ContentFile(b"x"))


def test_without_acl_none_is_sent(answer):
    storage, sent = storage_for("s3://K:S@no-acls.s3.eu-west-1.amazonaws.com/?acl=none"), []
    answer(storage, lambda request: sent.append(request) or (200, None))
    storage.save("a", ContentFile(b"x"))
    assert "x-amz-acl" not in {name.lower() for name in sent[0].headers}


@pytest.mark.s3
def test_a_service_without_conditional_writes_stores_all_files_and_is_warned_of_once(answer, monkeypatch, read):
    storage = storages["default"]
    monkeypatch.setattr(s3_upload, "endpoints_without_conditions", set())
    answer(storage, lambda request: (501, "NotImplemented") if "If-None-Match" in request.headers else None)
    with pytest.warns(RuntimeWarning, match="knows no conditional writes.*unique=always"):
        first = storage.save("older/a.txt", ContentFile(b"first"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        second = storage.save("older/a.txt", ContentFile(b"second"))
    assert first != second and [read(storage, name) for name in (first, second)] == [b"first", b"second"]


@pytest.mark.s3
def test_unique_always_puts_a_random_part_into_every_name(server):
    storage = storages["default"]
    unique = storage_for(server.dsn(storage.bucket_name, "?unique=always&acl=none"))
    names = {unique.save("unique/a.txt", ContentFile(b"x"), max_length=60) for _ in range(3)}
    assert len(names) == 3 and all(len(name) > len("unique/a.txt") + 30 and name.endswith(".txt") for name in names)
    assert unique.headers("a.txt")["CacheControl"] == "public, max-age=31536000, immutable"


@pytest.mark.s3
def test_a_name_that_is_taken_while_parts_are_sent_is_not_overwritten(answer, monkeypatch, read):
    """The name is free when it is looked up, and taken when the upload is completed."""
    monkeypatch.setattr(s3_upload, "SINGLE", 1024)
    storage = storages["default"]
    content = b"x" * 6 * 1024 * 1024
    storage.save("parts/taken.bin", ContentFile(content + b"1"))
    looked_up = []

    def nothing_there(request):
        if request.method == "HEAD" and not looked_up:
            looked_up.append(request.url)
            return 404, None

    answer(storage, nothing_there)
    name = storage.save("parts/taken.bin", ContentFile(content + b"2"))
    assert looked_up and name != "parts/taken.bin"
    assert read(storage, "parts/taken.bin").endswith(b"1") and read(storage, name).endswith(b"2")
    assert not storage.client.list_multipart_uploads(Bucket=storage.bucket_name).get("Uploads")


@pytest.mark.s3
def test_many_threads_share_one_client():
    """With THOROUGH=1 in the environment 50 threads and 200 operations in each."""
    threads, operations = (50, 200) if os.environ.get("THOROUGH") else (20, 20)
    storage = storages["default"]
    numbers = iter(range(10**6))

    def work(thread):
        generator = random.Random(thread)
        kept = {}
        for _ in range(operations):
            action = generator.choice(("save", "read", "url", "url", "url", "exists", "delete"))
            if action == "save" or not kept:
                content = str(next(numbers)).encode()
                kept[storage.save(f"threads/{generator.randrange(5)}.txt", ContentFile(content))] = content
            elif action == "read":
                name = generator.choice(list(kept))
                with storage.open(name) as file:
                    assert file.read() == kept[name]
            elif action == "exists":
                assert storage.exists(generator.choice(list(kept)))
            elif action == "delete":
                name = generator.choice(list(kept))
                storage.delete(name)
                del kept[name]
            else:
                assert storages["private"].signed_url("a.txt")
        return id(storage.client), kept

    with ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(work, range(threads)))
    assert len({client for client, _ in results}) == 1
    names = [name for _, kept in results for name in kept]
    assert len(names) == len(set(names))


@pytest.mark.s3
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on Windows")
def test_a_client_does_not_cross_a_fork():
    storage = storages["default"]
    parent = storage.client
    storage.save("fork/a.txt", ContentFile(b"x"))
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that other threads are running
        child = os.fork()
    if child == 0:
        try:
            ok = storage.client is not parent and storage.save("fork/b.txt", ContentFile(b"child"))
            os.write(writer, b"ok" if ok else b"no")
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    assert os.read(reader, 2) == b"ok" and storage.client is parent


@pytest.mark.s3
def test_a_signed_url_costs_a_new_thread_what_it_costs_any_other():
    """Processor time, and a ratio within one run; make bench prints the milliseconds."""
    storage = storages["private"]
    storage.signed_url("a.jpg")
    times = {"same": [], "new": []}

    def sign(kind):
        start = time.thread_time()
        storage.signed_url("a.jpg")
        times[kind].append(time.thread_time() - start)

    for _ in range(50):
        sign("same")
        thread = threading.Thread(target=sign, args=("new",))
        thread.start()
        thread.join()
    assert min(times["new"]) < 3 * min(times["same"]), (min(times["new"]), min(times["same"]))
