"""What Django's debug page and error mails leave out."""

import re

from django.views.debug import SafeExceptionReporterFilter


class ExceptionReporterFilter(SafeExceptionReporterFilter):
    """Django's filter, which also hides DSNs and URLs of services: `DEFAULT_STORAGE_DSN` contains the secret key.

    The debug page shows the local variables of every frame, boto3's too, so those are hidden by their names.
    """

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + "|DSN|(DATABASE|CACHE|EMAIL)_URL|ENDPOINT", re.IGNORECASE
    )
    hidden_variables = re.compile("SECRET|PASSWORD|CREDENTIAL|DSN", re.IGNORECASE)

    def get_traceback_frame_variables(self, request, tb_frame):
        return [
            (name, self.cleansed_substitute if self.hidden_variables.search(name) else value)
            for name, value in super().get_traceback_frame_variables(request, tb_frame)
        ]
