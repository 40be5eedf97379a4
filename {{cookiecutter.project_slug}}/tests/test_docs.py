"""The documentation's code runs, and its DSNs are read."""

import re
from pathlib import Path

import pytest

import mediastore
from mediastore.schemes import SCHEMES

PAGES = sorted((Path(__file__).resolve().parent.parent / "docs").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_of_a_page_runs_from_top_to_bottom(page, monkeypatch):
    monkeypatch.setattr("mediastore.schemes.SCHEMES", dict(SCHEMES))
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    assert blocks
    exec("\n".join(blocks), {"__name__": "docs"})


@pytest.mark.parametrize("dsn", re.findall(r"^\| `(\w[^` ]*://[^`]*)` \|", PAGES[0].read_text(encoding="utf-8"), re.M))
def test_a_dsn_of_the_page_is_read(dsn):
    assert set(mediastore.configure({"DEFAULT_STORAGE_DSN": dsn}, base_dir="/app")["STORAGES"]) >= {
        "default",
        "private",
    }
