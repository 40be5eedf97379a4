"""Headers of every answer to the URL of a private file, whoever gives the answer."""

from django.urls import get_script_prefix

from mediastore import headers
from mediastore.schemes import PRIVATE_URLS


class PrivateAnswers:
    """`Cache-Control: private, no-store`, also of a 404, a 405, a redirect to https and an error.

    A 404 may be kept by a cache, and then be given to somebody who has permission, or tell when a file has come. It
    has to be the first middleware, since each one behind it can answer by itself.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.startswith(tuple(get_script_prefix() + url.lstrip("/") for url in PRIVATE_URLS.values())):
            response["Cache-Control"] = headers.PRIVATE_CACHE
        return response
