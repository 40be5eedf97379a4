"""Files of the S3 storage: reading is one GET that is fetched as far as it is read, writing goes out on `close()`."""

import io
import tempfile

from django.core.files.base import File

from mediastore.backends.contents import IN_MEMORY

CHUNK = 256 * 1024  # bytes fetched at a time
RESUMES = 3


class ObjectReader(io.RawIOBase):
    """An object's bytes, seekable. `fetch(start)` gives a response of GetObject from that byte on."""

    _stream = _spool = None  # where the object is not there, for `close`

    def __init__(self, fetch):
        super().__init__()
        response = fetch(0)
        self._fetch, self._stream, self.size = fetch, response["Body"], response["ContentLength"]
        self._spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
        self._have = self._position = 0
        self._resumes = RESUMES

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._position = base + offset
        return self._position

    def tell(self):
        return self._position

    def readinto(self, buffer):
        end = min(self._position + len(buffer), self.size)
        while self._have < end:
            self._more(min(CHUNK, self.size - self._have))
        self._spool.seek(self._position)
        data = self._spool.read(max(0, end - self._position))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _more(self, length):
        from botocore.exceptions import HTTPClientError, IncompleteReadError

        data = b""
        try:
            data = self._stream.read(length)
        except (HTTPClientError, IncompleteReadError):
            if not self._resumes:
                raise
        if data:
            self._spool.seek(self._have)
            self._spool.write(data)
            self._have += len(data)
        elif self._resumes:  # the connection broke: go on where it did
            self._resumes -= 1
            self._stream.close()
            self._stream = self._fetch(self._have)["Body"]
        else:
            raise OSError(f"The object ended after {self._have} of {self.size} bytes.")

    def close(self):
        for stream in (self._stream, self._spool):
            if stream:
                stream.close()
        super().close()


class S3ReadFile(File):
    """An object opened for reading."""

    def __init__(self, storage, name, mode):
        self._storage, self._text = storage, "b" not in mode
        super().__init__(None, name)
        self.mode = mode
        self._begin()

    def _begin(self):
        reader = ObjectReader(lambda start: self._storage.get_object(self.name, start))
        self._size = reader.size
        self.file = io.BufferedReader(reader, CHUNK)
        if self._text:
            self.file = io.TextIOWrapper(self.file, encoding="utf-8")

    @property
    def size(self):
        return self._size

    def open(self, mode=None, *args, **kwargs):
        if mode and mode != self.mode:
            raise ValueError(f"{self.name!r} is open for {self.mode!r}; open it anew for {mode!r}.")
        if self.closed:
            self._begin()
        else:
            self.seek(0)
        return self


class S3WriteFile(File):
    """An object being written; it replaces what was there when it is closed, and only if no error came between."""

    def __init__(self, storage, name, mode):
        self._storage = storage
        self._spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
        text = "b" not in mode
        super().__init__(
            io.TextIOWrapper(self._spool, encoding="utf-8", write_through=True) if text else self._spool, name
        )
        self.mode = mode

    def close(self):
        if self.closed:
            return
        self.flush()
        self._storage.put(self.name, self._spool, replace=True)
        super().close()

    def __exit__(self, exc_type, exc_value, traceback):
        if exc_type is None:
            self.close()
        else:
            self._spool.close()
