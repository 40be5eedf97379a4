"""`make demo`: the gallery with three pictures and their thumbnails, and word of where it is."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urljoin

import pytest
import s3_server
from conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which("make"), reason="no make")]


def get(url):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30) as response:
        return response.headers["Content-Type"], response.read()


def test_make_demo_serves_the_gallery_with_three_pictures(tmp_path):
    clone = tmp_path / "clone"
    shutil.copytree(ROOT, clone, ignore=shutil.ignore_patterns(".git", ".venv", ".demo", "__pycache__", ".*_cache"))
    port = s3_server.free_port()
    environ = {name: value for name, value in os.environ.items() if "STORAGE_DSN" not in name}
    command = ["make", "demo", f"PORT={port}", f"PYTHON={sys.executable}"]
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=clone, env=environ, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        until = time.monotonic() + 600
        while "Log in as" not in log.read_text() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.5)
        said = log.read_text()
        address = f"http://127.0.0.1:{port}/"
        assert f"The gallery is on {address}" in said and "Log in as admin with the password admin" in said, said
        page = get(address)[1].decode()
        pictures = re.findall(r'<a href="([^"]+)"><img src="([^"]+)"', page)
        assert len(pictures) == 3
        for url in sum(pictures, ()):
            type_, body = get(urljoin(address, url))
            assert type_ == "image/jpeg" and body.startswith(b"\xff\xd8")
        again = subprocess.run(command, cwd=clone, env=environ, capture_output=True, text=True)
        assert again.returncode != 0 and f"Port {port} of 127.0.0.1 is in use" in again.stderr
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 15)
            process.wait(30)
