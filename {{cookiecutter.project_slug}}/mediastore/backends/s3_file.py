"""Files opened in S3. Reading is one GET, of which no more is fetched than is read. `close()` uploads what was written."""

import io
import tempfile
from collections.abc import Callable
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

from django.core.files.base import File

from mediastore.backends.contents import IN_MEMORY

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from mediastore.backends.s3 import S3Storage

CHUNK = 256 * 1024  # bytes that are fetched at a time
RESUMES = 3  # requests for the rest of an object after its connection broke


class ObjectReader(io.RawIOBase):
    """An object's bytes, seekable. What was fetched is kept, so that no byte is fetched twice.

    Args:
        fetch: `fetch(start)` gives the response of GetObject from the byte `start` on.
    """

    def __init__(self, fetch: Callable[[int], Any]):
        super().__init__()
        self._fetch = fetch
        self._stream: Any = None  # Python closes this file even if there is no object to fetch
        self._spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
        response = fetch(0)
        self._stream, self.size = response["Body"], int(response["ContentLength"])
        self._have = self._position = 0
        self._resumes = RESUMES

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        end = min(self._position + len(view), self.size)
        while self._have < end:
            self._more(min(CHUNK, self.size - self._have))
        self._spool.seek(self._position)
        data = self._spool.read(max(0, end - self._position))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _more(self, length: int) -> None:
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
        elif self._resumes:  # the connection broke: ask for the rest
            self._resumes -= 1
            self._stream.close()
            self._stream = self._fetch(self._have)["Body"]
        else:
            raise OSError(f"The object ended after {self._have} of {self.size} bytes.")

    def close(self) -> None:
        if self._stream:
            self._stream.close()
        self._spool.close()
        super().close()


class S3ReadFile(File):  # type: ignore[type-arg]  # Django's File cannot be subscripted at run time
    """An object opened for reading, with the mode r or rb."""

    def __init__(self, storage: "S3Storage", name: str, mode: str):
        self._storage = storage
        super().__init__(None, name)
        self.mode = mode
        self._begin()

    def _begin(self) -> None:
        reader = ObjectReader(lambda start: self._storage.get_object(str(self.name), start))
        self.size = reader.size
        self.file = io.BufferedReader(reader, CHUNK)
        if "b" not in self.mode:
            self.file = io.TextIOWrapper(self.file, encoding="utf-8")

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> Self:
        """Go back to the file's beginning. A closed file is fetched again.

        Raises:
            ValueError: `mode` is another one than the file was opened with.
        """
        if mode and mode != self.mode:
            raise ValueError(
                f"{self.name!r} is open with the mode {self.mode!r}; open it anew, through its storage, for {mode!r}."
            )
        if self.closed:
            self._begin()
        else:
            self.seek(0)
        return self


class S3WriteFile(File):  # type: ignore[type-arg]  # Django's File cannot be subscripted at run time
    """An object that is being written, with the mode w or wb. Closing the file uploads it, and replaces the object.

    In a `with` block that ends with an error nothing is uploaded.
    """

    def __init__(self, storage: "S3Storage", name: str, mode: str):
        self._storage = storage
        self._spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
        file: IO[Any] = self._spool
        if "b" not in mode:
            file = io.TextIOWrapper(self._spool, encoding="utf-8", write_through=True)
        super().__init__(file, name)
        self.mode = mode

    def close(self) -> None:
        if self.closed:
            return
        self.flush()
        self._storage.put(str(self.name), self._spool, replace=True)
        super().close()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        if exc_type is None:
            self.close()
        else:
            self._spool.close()
