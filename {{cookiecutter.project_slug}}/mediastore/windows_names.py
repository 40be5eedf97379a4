"""Finds names under which Windows, or a file system that ignores case, opens a file of another name.

Several names can open one file: `a.jpg` and `a.jpg.` on Windows. A permission for a folder must hold for all of them.
The rules are the same on every platform, so that a project behaves on a server as it does on a laptop.
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
    """`name` changed so that Windows stores the file under it. Other systems need no more than `stripped`."""
    parts = [part.replace(":", "_").replace("~", "_") for part in stripped(name).split("/")]
    return "/".join(f"_{part}" if DEVICE.fullmatch(part) else part for part in parts)


def is_below(name: str, folder: str) -> bool:
    """Whether `name` lies in `folder`, or in a folder that some file system does not tell from it.

    These make no difference: case, accents, compatibility forms, invisible characters, dots and spaces at the end, and
    the name of a stream (`folder::$INDEX_ALLOCATION`). So a few names in other folders count as below too.
    """
    first, slash, _ = name.partition("/")
    return bool(slash) and _folded(first) == _folded(folder)


def _folded(part: str) -> str:
    """One spelling for all those of a folder that `is_below` does not tell apart."""
    text = unicodedata.normalize("NFKD", part.partition(":")[0]).upper().casefold()
    return "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Cf")).rstrip(". ")
