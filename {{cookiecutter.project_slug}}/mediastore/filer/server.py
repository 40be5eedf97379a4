"""What filer's own private URLs (`filer.server.urls`) answer with, where a project includes them."""

from filer.server.backends.base import ServerBase

from mediastore import serving


class Server(ServerBase):
    """Delivers like every private file: by a redirect to a signed URL, or by Django from the disk."""

    def serve(self, request, filer_file, save_as=None, **kwargs):
        """The answer to `request`.

        Args:
            save_as: what filer's servers take. False shows in place what browsers can show. A text is the name that a
                browser saves the file as. True or None: it saves the file under its original name.
        """
        file = getattr(filer_file, "file", None)
        if not hasattr(file, "storage"):  # a thumbnail is a file itself
            file = filer_file
        filename = save_as if isinstance(save_as, str) else getattr(filer_file, "original_filename", None)
        return serving.serve(request, file.storage, file.name, filename, attachment=save_as is not False)
