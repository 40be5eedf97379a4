"""Names under which Windows, and file systems that ignore case, open another file than the one that is named.

A check that compares names, such as one for a private folder, must hold for every name that opens the same file. The
rules are the same on every platform, so that a project behaves on a server as it does on a laptop.
"""

import re
import unicodedata

# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
DEVICE = re.compile("(con|prn|aux|nul|conin\\$|conout\\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])[ ]*([.:].*)?", re.IGNORECASE)
SHORT = re.compile(r"[^.]*~[0-9]+(\.[^.]{0,3})?")  # the 8.3 alias of a longer name, PRIVAT~1


def stripped(name: str) -> str:
    """`name` without the dots and spaces at the end of each part, which Windows ignores. No part becomes empty."""
    return "/".join(part if part in ("", ".", "..") else part.rstrip(". ") or "_" for part in name.split("/"))


def is_alias(name: str) -> bool:
    """Whether Windows opens a device, a stream of a file, or a file of another name under `name`."""
    return name != stripped(name) or any(
        ":" in part or DEVICE.fullmatch(part) or SHORT.fullmatch(part) and len(part) <= 12 for part in name.split("/")
    )


def storable(name: str) -> str:
    """A name like `name` that Windows stores as it is. Other systems need no more than `stripped`."""
    parts = [part.replace(":", "_").replace("~", "_") for part in stripped(name).split("/")]
    return "/".join(f"_{part}" if DEVICE.fullmatch(part) else part for part in parts)


def is_below(name: str, folder: str) -> bool:
    """Whether `name` lies in `folder`, or in what a file system may take for it.

    Case, accents, compatibility forms, invisible characters, dots and spaces at the end, and the name of a stream
    (`folder::$INDEX_ALLOCATION`) make no difference. So a few names of other folders count as below, too.
    """
    first, slash, _ = name.partition("/")
    return bool(slash) and _folded(first) == _folded(folder)


def _folded(part):
    text = unicodedata.normalize("NFKD", part.partition(":")[0]).upper().casefold()
    return "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Cf")).rstrip(". ")
