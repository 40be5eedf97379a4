"""The last file that each thread has fetched from a remote storage. A page makes several thumbnails of one picture in turn."""

import threading
import weakref
from collections.abc import Callable
from typing import Any

MAX_SIZE = 8 * 1024 * 1024  # bytes of the largest file that is kept


class _Last(threading.local):
    file: Any = None
    # A weak reference, because nobody needs the file of an owner that is gone.
    owner: Callable[[], Any] = staticmethod(lambda: None)


_last = _Last()


def keep(file: Any, owner: Any) -> None:
    """Keep the open `file` for `owner`, and close the one that was kept."""
    if _last.file is not None and _last.file is not file:
        _last.file.close()
    _last.file, _last.owner = file, weakref.ref(owner)


def take(owner: Any) -> Any:
    """The open file that was kept for `owner`, which is not kept any more; None if there is none."""
    if _last.owner() is not owner:
        return None
    file, _last.file, _last.owner = _last.file, None, lambda: None
    return file
