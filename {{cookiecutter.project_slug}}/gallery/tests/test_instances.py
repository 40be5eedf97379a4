"""Two processes of the project with one DSN: what one stores, the other serves."""

import http.cookiejar
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from mediastore.testing import s3_server

ROOT = Path(__file__).resolve().parents[2]


class Browser:
    """Somebody with a browser and a login on one instance."""

    def __init__(self, address):
        self.address, self.cookies = address, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.cookies), urllib.request.ProxyHandler({})
        )

    def get(self, path):
        with self.opener.open(urllib.parse.urljoin(self.address, path), timeout=30) as response:
            return response.read()

    def post(self, path, fields, files=None):
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path).decode())[1]
        boundary, body = uuid.uuid4().hex, b""
        for name, value in {**fields, "csrfmiddlewaretoken": token}.items():
            body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, (filename, content) in (files or {}).items():
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'
            body += head.encode() + content + b"\r\n"
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        url = urllib.parse.urljoin(self.address, path)
        request = urllib.request.Request(url, body + f"--{boundary}--\r\n".encode(), headers)
        with self.opener.open(request, timeout=30) as response:
            return response.read().decode()


@contextmanager
def instance(environ, *arguments):
    """A running instance; gives its address."""
    port = s3_server.free_port()
    command = [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{port}", "--log-level=warning", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environ)
    try:
        s3_server.wait(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn does not run on Windows")
def test_what_one_instance_stores_the_other_serves(tmp_path, jpeg):
    environ = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}", "DEBUG": "True"}
    for command in (["migrate", "-v0"], ["add_samples", "--login", "admin"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environ, check=True, capture_output=True)
    with ExitStack() as stack:
        # the second one forks its workers after the application, and its S3 client, have been used
        one = Browser(stack.enter_context(instance(environ, "config.wsgi")))
        two = Browser(stack.enter_context(instance(environ, "--preload", "--workers=2", "gallery.tests.preloaded:application")))
        for browser in (one, two):
            browser.post("/admin/login/?next=/", {"username": "admin", "password": "admin"})
        one.post("/pictures/add/", {"title": "From one"}, {"image": ("one.jpg", jpeg)})
        one.post("/documents/add/", {"title": "Secret of one"}, {"file": ("one.txt", b"secret of one")})
        for number in range(4):
            two.post("/pictures/add/", {"title": f"From two {number}"}, {"image": ("two.jpg", jpeg)})
            picture = re.search(rf'href="([^"]+)"><img [^>]+alt="From two {number}"', one.get("/").decode())[1]
            assert one.get(picture) == jpeg
        page = two.get("/").decode()
        picture, thumbnail = re.search(r'href="([^"]+)"><img src="([^"]+)"[^>]+alt="From one"', page).groups()
        document = re.search(r'href="([^"]+)">Secret of one', page)[1]
        assert two.get(picture) == jpeg
        assert two.get(thumbnail).startswith(b"\xff\xd8")
        assert one.get(thumbnail) == two.get(thumbnail)
        assert two.get(document) == b"secret of one"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            Browser(two.address).get(document)
