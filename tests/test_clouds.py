"""Azure and Google, each on its emulator: Azurite and fake-gcs-server, which tools/install-cloud-emulators installs."""

import base64
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import s3_server

EMULATORS = {
    "az": ["azurite-blob", "--inMemoryPersistence", "--skipApiVersionCheck", "--blobHost", "127.0.0.1", "--blobPort"],
    "gs": [
        "fake-gcs-server",
        "-scheme",
        "http",
        "-backend",
        "memory",
        "-host",
        "127.0.0.1",
        "-public-host",
        "127.0.0.1",
        "-port",
    ],
}


@pytest.mark.parametrize("scheme", EMULATORS)
def test_a_cloud_keeps_serves_and_protects(scheme, tmp_path):
    name, *options = EMULATORS[scheme]
    path = os.pathsep.join([os.environ.get("PATH", ""), os.path.expanduser("~/.local/bin")])
    if not (binary := shutil.which(name, path=path)):
        pytest.skip(f"no {name} on PATH; tools/install-cloud-emulators installs it")
    port, key = s3_server.free_port(), base64.b64encode(secrets.token_bytes(64)).decode()
    accounts = {**os.environ, "AZURITE_ACCOUNTS": f"devstoreaccount1:{key}"}
    with (tmp_path / "log").open("wb") as log:
        emulator = subprocess.Popen([binary, *options, str(port)], stdout=log, stderr=log, cwd=tmp_path, env=accounts)
    address = f"http://127.0.0.1:{port}"
    try:
        s3_server.wait(address, emulator)
        script = Path(__file__).with_name("cloud_script.py")
        environ = {**os.environ, "EMULATOR": address, "STORAGE_EMULATOR_HOST": address, "AZURITE_KEY": key}
        done = subprocess.run(
            [sys.executable, "-B", "-W", "ignore", str(script), scheme],
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0 and "all is well" in done.stdout, done.stdout + done.stderr
    finally:
        emulator.terminate()
        emulator.wait(20)
