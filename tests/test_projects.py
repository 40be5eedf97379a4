"""Every combination of answers, rendered, checked, and its own tests run on the disk and on the S3 server."""

import os
import re

import pytest


def test_check_and_migrations(answers, bake, python, run):
    project = bake(**answers)
    output = run([python, "manage.py", "check", "--fail-level", "WARNING"], project)
    assert "no issues" in output
    assert "No changes" in run([python, "manage.py", "makemigrations", "--check", "--dry-run"], project)


@pytest.mark.parametrize("storage", ["local", "s3"])
def test_its_own_tests_pass(answers, storage, bake, python, run, record_property):
    if storage == "s3" and not os.environ.get("S3_TEST_ENDPOINT"):
        pytest.skip("no S3 server")
    project = bake(**answers)
    before = contents(project)
    output = run([python, "-B", "-m", "pytest", "-p", "no:cacheprovider", f"--storage={storage}"], project)
    closing = re.search(r"=+ (\d+ passed.*) in [\d.]+s.* =+\s*$", output)
    assert closing and "failed" not in closing[1], output
    assert "skipped" not in closing[1], output
    record_property(f"{project_name(answers)} on {media(output)}", closing[1])
    if "real_s3" in (left_out := "".join(re.findall(r"^left out: .*$", output, re.M))) and storage == "s3":
        record_property("left out", left_out)
    assert contents(project) == before, "its tests write into the project's folder"


def project_name(answers):
    return " ".join(f"{name}={value}" for name, value in answers.items())


def media(output):
    return re.search(r"^media: (.*)$", output, re.M)[1]


def contents(project):
    return {
        path.relative_to(project): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file() and "data" not in path.relative_to(project).parts[:1]
    }
