"""What filer's own private URLs (`filer.server.urls`) answer, in a project that includes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from filer.server.backends.base import ServerBase

from mediastore import serving

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class Server(ServerBase):
    """Delivers like every private file: by a redirect to a signed URL, or through Django from the disk."""

    def serve(
        self, request: HttpRequest, filer_file: Any, save_as: str | bool | None = None, **kwargs: Any
    ) -> HttpResponseBase:
        """The answer to `request`.

        Args:
            filer_file: a row of filer's, or a thumbnail.
            save_as: as filer's servers take it. False shows the file in the browser, if the browser can show it. A text is
                the name under which the browser saves the file. True or None: it saves the file under its original name.
        """
        file: Any = getattr(filer_file, "file", None)
        if not hasattr(file, "storage"):  # a thumbnail is a file itself
            file = filer_file
        filename = save_as if isinstance(save_as, str) else getattr(filer_file, "original_filename", None)
        response: HttpResponseBase = serving.serve(
            request, file.storage, file.name, filename, attachment=save_as is not False
        )
        return response
