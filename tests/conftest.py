"""What the tests of the template share: one S3 server, interpreters, environments, rendered projects.

Environments are kept in .venv/projects by the hash of their pins. The header says which server and which interpreters
are used; the last lines say what each rendered project's own tests did, and what was not covered.
"""

import hashlib
import itertools
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
sys.path.insert(0, str(TEMPLATE / "mediastore" / "testing"))

import s3_server  # noqa: E402
from interpreters import NEEDED, find_interpreters  # noqa: E402

COMBINATIONS = [
    {"django_version": django, "use_filer": use_filer, "example_app": example_app}
    for django, use_filer, example_app in itertools.product(("5.2", "6.1"), (True, False), (True, False))
]
SERVER, PYTHONS = "TEMPLATE_TEST_SERVER", "TEMPLATE_TEST_PYTHONS"  # from the controller to pytest-xdist's workers


def name_of(answers):
    """A combination as the tests' names and the summary show it."""
    chosen = [f"django{answers['django_version']}"]
    chosen += ["filer"] if answers["use_filer"] else []
    chosen += ["gallery"] if answers["example_app"] else []
    return "-".join(chosen)


benchmark: pytest.StashKey[str] = pytest.StashKey()


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        return
    stack = ExitStack()
    config.add_cleanup(stack.close)
    server = stack.enter_context(s3_server.running())
    os.environ[SERVER] = server.name if server else ""
    if server:
        os.environ["S3_TEST_ENDPOINT"] = server.endpoint
    os.environ[PYTHONS] = ";".join(f"{django}={path}" for django, path in find_interpreters().items())
    if os.environ.get("BENCHMARK"):  # set by `make test`, and done before anything else runs
        stock = environment(sys.executable, ROOT / "requirements.txt")
        command = [sys.executable, str(ROOT / "tools" / "bench_generation.py"), stock]
        config.stash[benchmark] = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def pythons():
    """The interpreter for each Django version that can be covered."""
    return dict(pair.split("=", 1) for pair in os.environ[PYTHONS].split(";"))


LONGEST = ("test_its_large_tests_pass", "test_its_media_layers_tests_pass", "test_its_own_tests_pass")


def pytest_collection_modifyitems(items):
    """Begin with what takes minutes, so that no worker waits for it at the end.

    pytest-randomly has given the order within each kind. pytest-xdist gives each of two workers one half of the list.
    """
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (rank.get(item.originalname, len(LONGEST)), "local" in item.name))
    items[:] = items[::2] + items[1::2]


def pytest_report_header(config):
    if hasattr(config, "workerinput"):
        return []
    found = ", ".join(f"Django {django} on {path}" for django, path in pythons().items())
    return [f"S3 server: {os.environ[SERVER] or 'none'}", f"interpreters: {found}"]


def pytest_terminal_summary(terminalreporter, config):
    write = terminalreporter.write_line
    if benchmark in config.stash:
        write(f"generating a project with stock Cookiecutter: {config.stash[benchmark]}")
    seconds: defaultdict[str, float] = defaultdict(float)
    for report in itertools.chain.from_iterable(terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport):
            seconds[report.nodeid.partition("::")[0]] += report.duration
    for part, duration in sorted(seconds.items(), key=lambda item: -item[1]):
        write(f"{part}: {duration:.0f} s in all its tests")
    for report in sorted(terminalreporter.stats.get("passed", []), key=lambda report: report.nodeid):
        for name, value in report.user_properties:
            write(f"{name}: {value}")
    for django in set(NEEDED) - set(pythons()):
        write(f"not covered: Django {django}, no Python {NEEDED[django]} or newer was found (PATH, pyenv, uv)")
    if not os.environ[SERVER]:
        write(f"not covered: an S3 server; {s3_server.HOW_TO_GET_ONE}")
    for report in terminalreporter.stats.get("skipped", []):
        write(f"not covered: {report.nodeid}: {report.longrepr[2]}")


@pytest.fixture(params=COMBINATIONS, ids=name_of)
def answers(request):
    """Each combination of answers that can be run here."""
    if request.param["django_version"] not in pythons():
        pytest.skip(f"no Python {NEEDED[request.param['django_version']]} or newer")
    return request.param


@pytest.fixture
def bake(cookies):
    """`bake(**answers)`: the folder of a rendered project."""

    def bake(**answers):
        result = cookies.bake(extra_context=answers)
        assert result.exit_code == 0 and result.exception is None, result.exception
        return result.project_path

    return bake


@pytest.fixture
def python(answers):
    """The Python of an environment with the pins of a combination, development's included."""
    kind = "filer" if answers["use_filer"] else "thumbnails"
    pins = TEMPLATE / "pins" / f"django{answers['django_version']}-{kind}-requirements-dev.txt"
    return environment(pythons()[answers["django_version"]], pins)


def tracked():
    """The names of the template's files, those that are not committed yet included."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


def copy_template(folder):
    """The template as it is now, as a repository in `folder` with one commit."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=1")


def git(folder, *arguments):
    """What git says in `folder`, whoever runs the tests."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def environment(interpreter, pins):
    """The Python of an environment with `pins`, made once."""
    digest = hashlib.sha256(pins.read_bytes() + interpreter.encode()).hexdigest()[:16]
    folder = Path(sys.prefix) / "projects" / digest
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            uv = [sys.executable, "-m", "uv"]
            subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", interpreter, str(folder)], check=True)
            install = [
                *uv,
                "pip",
                "install",
                "--quiet",
                "--require-hashes",
                "--compile-bytecode",
                "--python",
                str(python),
            ]
            subprocess.run([*install, "--requirement", str(pins)], check=True)
            (folder / "complete").touch()
    return str(python)


@pytest.fixture
def run():
    """`run(command, cwd)`: its output; the test fails where it ends with another status than 0."""

    def run(command, cwd, **environ):
        foreign = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "DEFAULT_DATABASE_DSN", "STAGE", "DEBUG", "SECRET_KEY")
        clean = {name: value for name, value in os.environ.items() if name not in foreign and "PYTEST" not in name}
        done = subprocess.run(
            command, cwd=cwd, env={**clean, **environ}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900
        )
        output = done.stdout.decode(errors="replace")
        assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{output}"
        return output

    return run
