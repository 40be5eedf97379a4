"""Every combination of answers, rendered, checked, and its own tests run on the disk and on the S3 server."""

import os
import re
from contextlib import ExitStack
from pathlib import Path

import pytest
import s3_server
from conftest import COMBINATIONS, name_of

GALLERIES = [answers for answers in COMBINATIONS if answers["example_app"]]
COVERED = {"django_version": "5.2", "use_filer": True, "example_app": False}
LAYERS = [answers for answers in COMBINATIONS if not answers["example_app"]]


def test_check_and_migrations(answers, bake, python, run):
    project = bake(**answers)
    output = run([python, "manage.py", "check", "--fail-level", "WARNING"], project)
    assert "no issues" in output
    assert "No changes" in run([python, "manage.py", "makemigrations", "--check", "--dry-run"], project)


@pytest.mark.slow
def test_its_own_tests_pass(answers, bake, python, run, record_property):
    """Those of the site: `pytest`."""
    passes([], answers, "local", bake, python, run, record_property)


@pytest.mark.slow
@pytest.mark.parametrize("answers", GALLERIES, ids=name_of, indirect=True)
def test_its_gallerys_tests_pass_on_s3(answers, bake, python, run, record_property):
    """Of the site's tests those that store files."""
    passes(["gallery"], answers, "s3", bake, python, run, record_property)


@pytest.mark.slow
@pytest.mark.parametrize("answers", LAYERS, ids=name_of, indirect=True)
@pytest.mark.parametrize("storage", ["local", "s3"])
def test_its_media_layers_tests_pass(answers, storage, bake, python, run, record_property, tmp_path):
    """`pytest mediastore`. The site's settings and its gallery have no part in them. Once with the coverage that it must have."""
    chosen, environ = ["mediastore"], {"COVERAGE_FILE": str(tmp_path / "coverage")}
    if storage == "s3" and answers == COVERED:
        chosen += ["--cov", "--cov-fail-under=95"]
    passes(chosen, answers, storage, bake, python, run, record_property, **environ)


def passes(chosen, answers, storage, bake, python, run, record_property, **environ):
    if storage == "s3" and not os.environ.get("S3_TEST_ENDPOINT"):
        pytest.skip("no S3 server")
    project = bake(**answers)
    before = contents(project)
    command = [python, "-B", "-m", "pytest", "-p", "no:cacheprovider", f"--storage={storage}", *chosen]
    output = run(command, project, **environ)
    closing = re.search(r"=+ (\d+ passed.*) in [\d.]+s.* =+\s*$", output)
    assert closing and "failed" not in closing[1], output
    assert "skipped" not in closing[1], output
    for line in re.findall(r"^Required test coverage.*$", output, re.M):
        record_property(f"branch coverage of mediastore, {project_name(answers)} on S3", line)
    record_property(f"{' '.join(chosen)} {project_name(answers)} on {media(output)}".strip(), closing[1])
    if "real_s3" in (left_out := "".join(re.findall(r"^left out: .*$", output, re.M))) and storage == "s3":
        record_property("left out", left_out)
    assert contents(project) == before, "its tests write into the project's folder"


PLAIN = {"django_version": "5.2", "use_filer": True, "example_app": True}
OPERATIONS = [
    f"operations/test_{name}"
    for name in (
        "audit",
        "audit_thumbnails",
        "policies",
        "private_policy",
        "public_policy",
        "setup",
        "sharing",
        "sites",
    )
]
LARGE = "processes_at_once or unique_always or many_threads or little_memory"
RACES = "two_at_once or random_sequences"


@pytest.mark.slow
@pytest.mark.parametrize("answers", [PLAIN], ids=["default"], indirect=True)
@pytest.mark.parametrize("storage", ["local", "s3", "versitygw", "moto"])
def test_its_large_tests_pass(answers, storage, bake, python, run, record_property, tmp_path):
    """8 processes and 200 names, 50 threads and 200 operations, 1 GiB, races of filer's rows on SQLite and PostgreSQL: once. On versitygw run the tests
    of storages, policies and the audit. On moto, which has ACLs, run those of the audit.
    """
    with ExitStack() as stack:
        environ, chosen = (
            {"THOROUGH": "1"},
            ["mediastore", "-k", f"{LARGE} or {RACES}" if storage == "local" else LARGE],
        )
        if storage == "versitygw":
            if not (server := stack.enter_context(s3_server.versitygw())):
                pytest.skip("no versitygw on PATH; tools/install-s3-servers builds one")
            environ["S3_TEST_ENDPOINT"], chosen = server.endpoint, []
            for part in (
                "backends/test_storages",
                "backends/test_races",
                "filer/test_filer",
                "filer/test_audit",
                "test_serving",
                *OPERATIONS,
            ):
                chosen.append(f"mediastore/tests/{part}.py")
        elif storage == "moto":
            environ["S3_TEST_ENDPOINT"], chosen = (
                "",
                [f"mediastore/tests/{part}/test_audit.py" for part in ("operations", "filer")],
            )
            environ |= {"PATH": str(Path(python).parent), "HOME": str(tmp_path), "DOCKER_HOST": "unix:///none"}
        elif storage == "s3" and not os.environ.get("S3_TEST_ENDPOINT"):
            pytest.skip("no S3 server")
        where = "local" if storage == "local" else "s3"
        command = [python, "-B", "-m", "pytest", "-rs", "-p", "no:cacheprovider", f"--storage={where}", *chosen]
        output = run(command, bake(**answers), **environ)
    closing = re.search(r"=+ (\d+ passed.*) in [\d.]+s.* =+\s*$", output)
    assert closing, output
    record_property(f"large tests on {media(output)}", closing[1])


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("answers", [PLAIN], ids=["default"], indirect=True)
def test_its_races_on_s3_are_won(answers, bake, python, run, record_property):
    """Races of filer's rows, and random sequences, on SQLite and PostgreSQL with files on S3."""
    if not os.environ.get("S3_TEST_ENDPOINT"):
        pytest.skip("no S3 server")
    command = [python, "-B", "-m", "pytest", "-rs", "-p", "no:cacheprovider", "--storage=s3", "mediastore", "-k", RACES]
    output = run(command, bake(**answers), THOROUGH="1")
    record_property(f"races on {media(output)}", re.findall(r"=+ (\d+ passed.*) in [\d.]+s.* =+\s*$", output)[0])


def project_name(answers):
    return " ".join(f"{name}={value}" for name, value in answers.items())


def media(output):
    return re.findall(r"^media: (.*)$", output, re.M)[0]


def contents(project):
    return {
        path.relative_to(project): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file() and "data" not in path.relative_to(project).parts[:1]
    }
