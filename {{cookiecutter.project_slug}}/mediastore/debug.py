"""What Django's debug page and error mails leave out. `mediastore.redaction` knows the secrets."""

import re
from urllib.parse import unquote

from django.conf import settings
from django.views import debug

from mediastore import redaction


class ExceptionReporterFilter(debug.SafeExceptionReporterFilter):
    """Django's filter, which also hides DSNs and URLs of services: `DEFAULT_STORAGE_DSN` contains the secret key.

    The debug page shows the local variables of every frame, boto3's too, so those are hidden by what they contain.
    """

    hidden_settings = re.compile(
        debug.SafeExceptionReporterFilter.hidden_settings.pattern
        + "|DSN|(DATABASE|CACHE|EMAIL|REDIS|BROKER)_URL|ENDPOINT|CONNECTION_STRING",
        re.IGNORECASE,
    )
    hidden_variables = re.compile("SECRET|PASSWORD|CREDENTIAL|DSN|AUTHORIZATION|SIGNATURE", re.IGNORECASE)

    def get_traceback_frame_variables(self, request, tb_frame):
        secrets = redaction.found()
        return [
            (name, self.cleansed_substitute if self._is_secret(name, value, secrets) else value)
            for name, value in super().get_traceback_frame_variables(request, tb_frame)
        ]

    def _is_secret(self, name, value, secrets):
        """Whole values: the page cuts long ones, and what is left of a secret could not be found there."""
        if self.hidden_variables.search(name):
            return True
        try:
            text = repr(value)
        except Exception:  # a broken __repr__ is for the page to tell
            return False
        return redaction.contains(text, secrets)


class ExceptionReporter(debug.ExceptionReporter):
    """Django's reports without the site's secrets: those in messages, chained exceptions and lines of code too."""

    def get_traceback_html(self):
        return redaction.redact(super().get_traceback_html(), self._of_the_request())

    def get_traceback_text(self):
        return redaction.redact(super().get_traceback_text(), self._of_the_request())

    def _of_the_request(self):
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
