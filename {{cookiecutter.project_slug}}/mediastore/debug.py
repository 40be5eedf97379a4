"""What Django's debug page and error mails leave out."""

import re
from urllib.parse import quote

from django.conf import settings
from django.views.debug import SafeExceptionReporterFilter


class ExceptionReporterFilter(SafeExceptionReporterFilter):
    """Django's filter, which also hides DSNs and URLs of services: `DEFAULT_STORAGE_DSN` contains the secret key.

    The debug page shows the local variables of every frame, boto3's too, so those are hidden by what they contain.
    """

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + "|DSN|(DATABASE|CACHE|EMAIL)_URL|ENDPOINT", re.IGNORECASE
    )
    hidden_variables = re.compile("SECRET|PASSWORD|CREDENTIAL|DSN", re.IGNORECASE)

    def get_traceback_frame_variables(self, request, tb_frame):
        secrets = _secrets()
        return [
            (name, self.cleansed_substitute if self._is_secret(name, value, secrets) else value)
            for name, value in super().get_traceback_frame_variables(request, tb_frame)
        ]

    def _is_secret(self, name, value, secrets):
        if self.hidden_variables.search(name):
            return True
        try:
            text = repr(value)
        except Exception:  # a broken __repr__ is for the page to tell
            return False
        return any(secret in text for secret in secrets)


def _secrets():
    """The secrets of this site, as they are and as URLs and Python write them."""
    options = [entry.get("OPTIONS", {}) for entry in settings.STORAGES.values()]
    found = {option.get("secret_key") for option in options} | {settings.SECRET_KEY}
    found |= {database.get("PASSWORD") for database in settings.DATABASES.values()}
    found = {secret for secret in found if isinstance(secret, str) and len(secret) > 3}
    return {form for secret in found for form in (secret, quote(secret, safe=""), repr(secret)[1:-1])}
