"""Keeps secrets out of Django's debug page and error mails. `mediastore.redaction` finds the secrets."""

import re
from collections.abc import Set
from types import FrameType
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.views import debug

from mediastore import redaction


class ExceptionReporterFilter(debug.SafeExceptionReporterFilter):
    """Django's filter, which also hides DSNs and URLs of services: `DEFAULT_STORAGE_DSN` contains the secret key.

    The debug page shows the local variables of every frame, boto3's too. Their names tell little, so a variable is also
    hidden if its value contains a secret.
    """

    hidden_settings = re.compile(
        debug.SafeExceptionReporterFilter.hidden_settings.pattern
        + "|DSN|(DATABASE|CACHE|EMAIL|REDIS|BROKER)_URL|ENDPOINT|CONNECTION_STRING",
        re.IGNORECASE,
    )
    hidden_variables = re.compile("SECRET|PASSWORD|CREDENTIAL|DSN|AUTHORIZATION|SIGNATURE", re.IGNORECASE)

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> Any:
        secrets = redaction.found()
        return [
            (name, self.cleansed_substitute if self._is_secret(name, value, secrets) else value)
            for name, value in super().get_traceback_frame_variables(request, tb_frame)
        ]

    def _is_secret(self, name: str, value: Any, secrets: Set[str]) -> bool:
        """Whether to hide a variable. Its whole value is searched: the page cuts long values, perhaps within a secret."""
        if self.hidden_variables.search(name):
            return True
        try:
            text = repr(value)
        except Exception:  # the page itself reports a broken __repr__
            return False
        return redaction.contains(text, secrets)


class ExceptionReporter(debug.ExceptionReporter):
    """Django's reports without the site's secrets, in messages, in chained exceptions and in lines of code too."""

    def get_traceback_html(self) -> SafeString:
        return self._redacted(super().get_traceback_html())

    def get_traceback_text(self) -> SafeString:
        return self._redacted(super().get_traceback_text())

    def _redacted(self, report: SafeString) -> SafeString:
        return SafeString(redaction.redact(report, self._credentials()))

    def _credentials(self) -> set[str]:
        """What proves who sent the request: values of signed URLs, headers of authentication, the session."""
        if self.request is None:
            return set()
        found = {self.request.META.get(name, "") for name in ("HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION")}
        found |= {part for header in found for part in header.split()[1:]}
        found |= {self.request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")}
        for name, values in self.request.GET.lists():
            if redaction.is_parameter(name):
                found |= set(values)
        return found | {unquote(text) for text in found}
