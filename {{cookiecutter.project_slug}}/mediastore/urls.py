"""URL patterns for media that Django serves: private files, and public files on the local disk."""

import re

from django.core.files.storage import storages
from django.urls import URLPattern, re_path

from mediastore import serving
from mediastore.backends.aliased import is_served_by_django
from mediastore.schemes import PRIVATE_URLS


def _below(base_url: str) -> str:
    """The pattern of a file's URL below the base URL of its storage."""
    return rf"^{re.escape(base_url.lstrip('/'))}(?P<name>.+)$"


urlpatterns: list[URLPattern] = [
    re_path(_below(base_url), serving.private, {"alias": alias}, name=alias) for alias, base_url in PRIVATE_URLS.items()
]
_base_url = getattr(storages["default"], "base_url", None) or ""
if is_served_by_django(storages["default"]) and _base_url.startswith("/"):
    urlpatterns.append(re_path(_below(_base_url), serving.public, name="public"))
