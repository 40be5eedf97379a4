"""What filer's own private URLs (`filer.server.urls`) answer with, where a project includes them."""

from filer.server.backends.base import ServerBase

from mediastore import serving


class Server(ServerBase):
    """Delivers like every private file: by a redirect to a signed URL, or by Django from the disk."""

    def serve(self, request, filer_file, **kwargs):
        file = getattr(filer_file, "file", None)
        if not hasattr(file, "storage"):  # a thumbnail is a file itself
            file = filer_file
        return serving.serve(request, file.storage, file.name, getattr(filer_file, "original_filename", None))
