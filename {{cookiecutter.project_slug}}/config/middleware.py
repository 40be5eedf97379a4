"""What the site does with a request before any app sees it: a sign of life, the client's address, its own host name."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.http.request import split_domain_port


class ClientAddress:
    """Sets `REMOTE_ADDR` to the client's address, which the logs of Django and of gunicorn then have.

    Each proxy appends the address that it was called from to `X-Forwarded-For`. `TRUSTED_PROXIES` is the number of
    proxies, so the client is that many entries from the right. What is further left was sent by the client itself.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        count = settings.TRUSTED_PROXIES
        entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if 0 < count <= len(entries):
            try:
                request.META["REMOTE_ADDR"] = str(ip_address(_without_port(entries[-count].strip())))
            except ValueError:  # no address, so no proxy has written it
                pass
        return self.get_response(request)


class Health:
    """Answers `/healthz` whatever the Host, without https, a session, the database or S3: the process is alive."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})
        return self.get_response(request)


class DomainRedirects:
    """Redirects the hosts of `DOMAIN_REDIRECTS` to `DOMAIN` for good, path and query included.

    It comes before Django's redirect to https, so that a browser is redirected once. A 308 keeps the method of a form.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if settings.REDIRECTS_TO and split_domain_port(request.get_host())[0] in settings.REDIRECTS_FROM:
            scheme = "https" if settings.SECURE_SSL_REDIRECT else request.scheme
            status = 301 if request.method in ("GET", "HEAD") else 308
            url = f"{scheme}://{settings.REDIRECTS_TO}{request.get_full_path()}"
            return HttpResponsePermanentRedirect(url, status=status)
        return self.get_response(request)


def _without_port(entry):
    """`192.0.2.1:1234` and `[2001:db8::1]:1234` without the port, which some proxies add."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry
