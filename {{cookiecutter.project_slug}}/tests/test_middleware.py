"""`config.middleware`: a sign of life, the client's address, redirects to the site's own domain."""

import pytest
from django.http import HttpResponse

from config.middleware import ClientAddress

HOST = "www.example.com"


@pytest.fixture(autouse=True)
def deployed(settings):
    settings.ALLOWED_HOSTS = [HOST, "example.com", "old.example.com"]
    settings.REDIRECTS_FROM, settings.REDIRECTS_TO = ["example.com", "old.example.com"], HOST
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.TRUSTED_PROXIES = 1


@pytest.mark.parametrize("method", ["get", "head", "post"])
@pytest.mark.parametrize("host", ["10.0.0.7", "evil.example.com", "-_-"])
def test_the_site_is_alive_whatever_the_host_and_without_any_service(client, s3_requests, host, method):
    """No mark for the database, so a query fails."""
    answers = []
    assert s3_requests(lambda: answers.append(getattr(client, method)("/healthz", headers={"host": host}))) == []
    assert answers[0].status_code == 200 and answers[0]["Cache-Control"] == "no-store"
    assert client.get("/healthz/").status_code == 400  # nothing but this path


@pytest.mark.parametrize("proto", ["http", "https"])
def test_another_name_of_the_site_leads_to_the_same_page_for_good_and_at_once(client, proto):
    for host in ("example.com", "old.example.com", "old.example.com:8080", "OLD.example.com"):
        answer = client.get("/a%20b/?c=d%2F&c=%20", headers={"host": host, "X-Forwarded-Proto": proto})
        assert (answer.status_code, answer["Location"]) == (301, f"https://{HOST}/a%20b/?c=d%2F&c=%20")


def test_a_form_that_is_sent_to_another_name_is_sent_again(client):
    answer = client.post("/admin/login/", headers={"host": "example.com"})
    assert (answer.status_code, answer["Location"]) == (308, f"https://{HOST}/admin/login/")


def test_a_redirect_of_a_private_url_is_kept_by_no_cache(client):
    answer = client.get("/private/a.txt", headers={"host": "example.com"})
    assert answer.status_code == 301 and "no-store" in answer["Cache-Control"]


def test_a_site_without_https_redirects_to_http(client, settings):
    settings.SECURE_SSL_REDIRECT = False
    assert client.get("/", headers={"host": "example.com"})["Location"] == f"http://{HOST}/"


def test_a_path_with_two_slashes_does_not_lead_to_a_foreign_site(client):
    answer = client.get("//evil.example.com/a", headers={"host": "example.com"})
    assert answer["Location"].startswith(f"https://{HOST}/")


def test_the_sites_own_names_are_not_redirected(client, settings):
    settings.SECURE_SSL_REDIRECT = False
    assert client.get("/static/none", headers={"host": HOST}).status_code == 404
    settings.REDIRECTS_TO = ""
    assert client.get("/static/none", headers={"host": "example.com"}).status_code == 404


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "192.0.2.1, 203.0.113.7", "203.0.113.7"),  # the first one is the client's own claim
        (2, "192.0.2.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, "203.0.113.7", "10.0.0.1"),  # it came past one of the proxies
        (0, "203.0.113.7", "10.0.0.1"),
        (1, None, "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "forged\n2026 ERROR", "10.0.0.1"),
        (1, "203.0.113.7:4711", "203.0.113.7"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
    ],
)
def test_the_clients_address_is_what_the_outermost_trusted_proxy_saw(rf, settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", **({} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}))
    ClientAddress(lambda request: HttpResponse())(request)
    assert request.META["REMOTE_ADDR"] == address
