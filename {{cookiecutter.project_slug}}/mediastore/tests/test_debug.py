"""Django's debug page and error mails show no secret."""

import base64
import json
import logging
import sys
import time
from urllib.parse import quote, quote_plus

import pytest
from django.core import mail
from django.utils.log import AdminEmailHandler
from django.views.debug import get_exception_reporter_class

import mediastore
from mediastore import logs, redaction

MARK = "s3cr3t"  # in every secret below, so that a page can be searched for all of them
SECRET = f"{MARK}-t3xt/+%2Bü&'\"\\ <x>"
MAIL, DATABASE, CACHE = (f"{MARK}-{name}/p@ss+%" for name in ("mail", "database", "cache"))
ACCOUNT_KEY = base64.b64encode(f"{MARK} of an account".encode()).decode()
SIGNATURE = f"{MARK}0a1b2c3d4e5f"
SAS = f"sv=2024-01-01&sig={quote(SIGNATURE + '+/=', safe='')}&se=2027"
BASIC = base64.b64encode(f"KEY:{SECRET}".encode()).decode()
DSN = f"s3+http://KEY:{quote(SECRET, safe='')}@media.storage:9000/"
ENVIRON = {
    "DEFAULT_STORAGE_DSN": DSN,
    "PRIVATE_STORAGE_DSN": f"s3+http://KEY:{quote(SECRET, safe='+')}@private.storage:9000/",
    "DEFAULT_STORAGE_SECRET_ACCESS_KEY": SECRET,
    "S3_TEST_ENDPOINT": DSN,
    "DATABASE_URL": f"postgres://user:{quote(DATABASE, safe='')}@database:5432/db",
    "CACHE_URL": f"redis://:{quote(CACHE, safe='')}@cache:6379/0",
    "EMAIL_URL": f"smtp+tls://user:{quote(MAIL, safe='')}@mail:587",
    "SOMEBODYS_SERVICE": f"https://user:somebodys-{MARK}@service.example.com/x",
    "RAW_SLASHES": f"amqp://user:raw/{MARK}/a/b@broker/",
    "SOMEBODYS_API_KEY": f"environment-{MARK}",
    "AZURE_ACCOUNT_KEY": ACCOUNT_KEY,
    "AZURE_BLOB": f"https://account.blob.core.windows.net/c/b?{SAS}",
}


@pytest.fixture
def planted(settings, monkeypatch):
    """A site whose settings and environment are full of secrets."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    only = {name: ENVIRON[name] for name in ("DEFAULT_STORAGE_DSN", "PRIVATE_STORAGE_DSN")}
    settings.STORAGES = mediastore.configure(only, base_dir="/app")["STORAGES"] | {
        "azure": {"BACKEND": "x", "OPTIONS": {"account_key": ACCOUNT_KEY, "sas_token": SAS}}
    }
    database = settings.DATABASES["default"]
    for key, value in (("PASSWORD", DATABASE), ("SERVICE", ENVIRON["DATABASE_URL"])):
        monkeypatch.setitem(database, key, value)
    settings.CACHES = settings.CACHES | {"other": {"BACKEND": "x", "LOCATION": [ENVIRON["CACHE_URL"]]}}
    settings.SOMEBODYS_SETTING = {"servers": [("service", ENVIRON["SOMEBODYS_SERVICE"])]}
    if hasattr(settings, "MAILERS"):
        settings.MAILERS = settings.MAILERS | {"other": {"BACKEND": "x", "OPTIONS": {"password": MAIL}}}
    else:
        settings.EMAIL_HOST_PASSWORD = MAIL
    return settings


@pytest.fixture
def request_with_secrets(rf):
    signed = {
        "X-Amz-Signature": SIGNATURE,
        "X-Amz-Credential": f"{MARK}/20261121",
        "token": f"{MARK}:tok:en",
        "page": "7",
    }
    request = rf.get("/private/a.txt", signed, headers={"Authorization": f"Basic {BASIC}"}, **ENVIRON)
    request.META["HTTP_REFERER"] = f"https://example.com/private/a.txt?token={MARK}"
    request.META["HTTP_X_FORWARDED_URI"] = f"/a?x=1&X-Amz-Signature={SIGNATURE}"
    return request


FORMS = {
    "as it is": SECRET,
    "quoted": quote(SECRET),
    "quoted whole": quote(SECRET, safe=""),
    "quoted with + kept": quote(SECRET, safe="+/"),
    "quoted in lower case": quote(SECRET, safe="").lower(),
    "quoted twice": quote(quote(SECRET, safe=""), safe=""),
    "quoted as a form": quote_plus(SECRET),
    "repr": repr(SECRET),
    "repr of bytes": repr(SECRET.encode()),
    "JSON": json.dumps(SECRET),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 with two bytes before": base64.urlsafe_b64encode(b"::" + SECRET.encode()).decode(),
    "Basic": f"Basic {BASIC}",
    "mail": MAIL,
    "database": quote(DATABASE),
    "cache": repr(CACHE),
    "account key": ACCOUNT_KEY,
    "SAS": SAS,
    "SAS signature, decoded": f"the signature {SIGNATURE}+/= is wrong",
    "bearer": f"Authorization: Bearer {MARK}.unknown.token",
    "header": repr({"Authorization": f"AWS4-HMAC-SHA256 Credential={MARK}/x, SignedHeaders=host, Signature={MARK}"}),
    "header of bytes": repr([(b"Authorization", f"SharedKey account:{MARK}".encode())]),
    "signed URL": f"https://b.example.com/key?X-Amz-Credential={MARK}%2F2026&X-Amz-Signature={MARK}&X-Goog-Signature={MARK}",
    "signed URL, quoted": quote(f"https://b.example.com/key?a=1&Signature={MARK}&x=2", safe=""),
    "foreign URL": f"http://someone:{MARK}@elsewhere.example.com/",
    "foreign URL, quoted": quote(f"http://someone:{MARK}@elsewhere.example.com/", safe=""),
    "value of a header": f"AWS4-HMAC-SHA256 Credential={MARK}/x, SignedHeaders=host, Signature={MARK}",
    "only in the environment": f"environment-{MARK} is refused",
    "mapping": repr({"sig": [MARK], "page": ["7"]}),
}


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_a_secret_is_left_in_a_text(planted, form):
    text = redaction.redact(f"before {FORMS[form]} after")
    shown = base64_decoded(text)
    assert MARK not in text and MARK not in shown, text
    assert text.startswith("before ")


def base64_decoded(text):
    """What a reader gets who decodes each word as base64."""
    found = []
    for word in text.replace("-", "+").replace("_", "/").split():
        for start in range(4):
            part = word[start : start + (len(word) - start) // 4 * 4]
            try:
                found.append(base64.b64decode(part, validate=True).decode("latin-1"))
            except ValueError:
                continue
    return " ".join(found)


def test_what_is_no_secret_stays_readable(planted):
    text = "GET https://media.example.com/a/b.jpg?page=2 by a@example.com: KEY, account, user, token_type=x, 2024-01-01"
    assert redaction.redact(text) == text


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("kind", ["html", "text"])
def test_the_debug_page_and_error_mails_show_no_secret(planted, request_with_secrets, debug, kind):
    planted.DEBUG = debug
    page = report(request_with_secrets, kind)
    assert "DEFAULT_STORAGE_DSN" in page and "STORAGES" in page and "SOMEBODYS_SERVICE" in page
    assert "RuntimeError" in page and "ValueError" in page and "LookupError" in page  # chained, each with its message
    assert page.count("no luck") >= 3 and "service.example.com" in page
    assert MARK not in page, around(page)
    assert MARK not in base64_decoded(page)


def report(request, kind):
    try:
        fail(DSN, SECRET)
    except RuntimeError:
        reporter = get_exception_reporter_class(request)(request, *sys.exc_info())
        return reporter.get_traceback_html() if kind == "html" else reporter.get_traceback_text()


def fail(dsn, secret_key):
    kwargs = {"aws": [secret_key], "url": dsn, "key": MAIL}
    tries = [base64.b64encode(SECRET.encode()), quote(SECRET), Holder(), "x" * 4080 + SECRET]
    headers = {"Authorization": FORMS["header"], "Date": "today"}
    location = f"https://bucket.example.com/k?X-Amz-Signature={SIGNATURE}"
    assert kwargs and tries and headers and location
    try:
        try:
            raise LookupError(f"no luck with {FORMS['quoted']} and {FORMS['foreign URL']}")
        except LookupError as error:
            raise ValueError(f"no luck with {SECRET} and {FORMS['SAS']} and {location}") from error
    except ValueError:
        raise RuntimeError(f"no luck with {FORMS['Basic']} and {MAIL!r} and {DATABASE}")  # noqa: B904 (also what is not chained by hand)


class Holder:
    def __repr__(self):
        return f"<Holder {SECRET}>"


def around(page):
    at = page.find(MARK)
    return page[max(0, at - 200) : at + 100]


def test_an_error_mail_shows_no_secret(planted, request_with_secrets):
    planted.ADMINS = ["admin@example.com"] if hasattr(planted, "MAILERS") else [("Admin", "admin@example.com")]
    planted.DEBUG = False
    handler = AdminEmailHandler(include_html=True)
    handler.setFormatter(logs.Formatter())
    try:
        fail(DSN, SECRET)
    except RuntimeError:
        record = logging.LogRecord("django.request", logging.ERROR, "", 1, f"failed: {SECRET}", (), sys.exc_info())
    record.request = request_with_secrets
    record.msg = "Internal Server Error: /private/a.txt"
    handler.emit(record)
    (message,) = mail.outbox
    whole = message.body + str(message.alternatives) + message.subject
    assert "RuntimeError" in whole and MARK not in whole, around(whole)


def test_a_variable_that_cannot_be_shown_breaks_no_report(rf):
    """A report that fails would hide the error that it is about."""

    class Broken:
        def __repr__(self):
            raise RuntimeError("cannot be shown")

    def fail_with(variable):
        raise LookupError("the error itself")

    try:
        fail_with(Broken())
    except LookupError:
        page = get_exception_reporter_class(rf.get("/"))(rf.get("/"), *sys.exc_info()).get_traceback_html()
    assert "the error itself" in page and "fail_with" in page


def test_a_report_without_a_request_shows_no_secret(planted):
    assert MARK not in report(None, "text") and MARK not in report(None, "html")


def test_a_report_of_a_large_page_is_made_in_a_second(planted):
    text = "<td>some text = &#x27;abc&#x27; of a page, https://example.com/a?b=c</td>\n" * 5000
    started = time.process_time()
    redaction.redact(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text", ["a" * 20_000, "://" * 7_000, "%3A%2F%2F" * 2_000, "/" * 20_000, "https://" + "a:" * 10_000]
)
def test_a_long_path_or_host_of_a_visitor_keeps_no_worker_busy(planted, text):
    """Every line of the log is searched for secrets: the time may not grow with the square of its length."""
    started = time.process_time()
    redaction.redact(f"Not Found: /{text}")
    assert time.process_time() - started < 1
