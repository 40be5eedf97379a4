"""No response of a private file's URL is cached, whichever middleware or view makes the response."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import get_script_prefix

from mediastore import headers
from mediastore.schemes import PRIVATE_URLS


class PrivateAnswers:
    """Sets `Cache-Control: private, no-store` on every response of a private URL: a 404, a 405, a redirect, an error.

    A cache may keep a 404, and then give it to a visitor who has permission. Put this middleware first: every later one
    can respond by itself, such as SecurityMiddleware with a redirect to https.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith(tuple(get_script_prefix() + url.lstrip("/") for url in PRIVATE_URLS.values())):
            response["Cache-Control"] = headers.PRIVATE_CACHE
        return response
