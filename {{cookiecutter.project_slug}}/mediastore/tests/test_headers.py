"""`mediastore.headers`: the headers of a file follow from its name."""

import pytest

from mediastore import headers


@pytest.mark.parametrize(
    ("name", "type_", "disposition"),
    [
        ("a/cat.jpg", "image/jpeg", None),
        ("cat.PNG", "image/png", None),
        ("a.pdf", "application/pdf", None),
        ("a.txt", "text/plain; charset=utf-8", None),
        ("page.html", "text/html", "attachment"),
        ("drawing.svg", "image/svg+xml", "attachment"),
        ("script.js", "text/javascript", "attachment"),
        ("table.csv.gz", "application/gzip", "attachment"),
        ("unknown.bin1", "application/octet-stream", "attachment"),
        ("none", "application/octet-stream", "attachment"),
    ],
)
def test_the_name_decides_type_and_disposition(name, type_, disposition):
    assert headers.content_type(name) == type_
    assert headers.content_disposition(name) == disposition


def test_a_download_name_that_is_not_ascii_is_encoded():
    value = headers.content_disposition("a.pdf", 'Übersicht "1" 文.pdf')
    assert value == "inline; filename=\"bersicht 1 .pdf\"; filename*=UTF-8''%C3%9Cbersicht%20%221%22%20%E6%96%87.pdf"


def test_a_file_is_downloaded_if_the_site_wants_it():
    assert headers.content_disposition("a.pdf", "b.pdf", attachment=True) == 'attachment; filename="b.pdf"'
    assert headers.content_disposition("a.pdf", attachment=True) == "attachment"
