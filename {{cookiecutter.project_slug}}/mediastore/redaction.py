"""Finds the secrets of this site, and replaces them in texts: in debug pages, error mails and logs."""

import base64
import html
import os
import re
from collections.abc import Iterable, Set
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from django.conf import settings

SUBSTITUTE = "********************"  # Django's own
SHORTEST = 4  # characters of a secret; a shorter value is part of too many texts by chance

# A name that ends like this has a secret as its value, in settings, in OPTIONS and in the environment.
NAMES = re.compile(
    "(SECRET|SECRET_KEY|SECRET_KEY_FALLBACKS|SECRET_ACCESS_KEY|ACCOUNT_KEY|API_?KEY|PRIVATE_KEY"
    "|PASSWORD|PASSWD|PASS|TOKEN|CONNECTION_STRING)$",
    re.IGNORECASE,
)
# Parameters of signed URLs: S3's, CloudFront's, Google's, Azure's and those of `mediastore.tokens`.
PARAMETERS = (
    "(?:X-(?:Amz|Goog)-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId|Key-Pair-Id|Policy|sig"
    "|token|access_token|password|secret)"
)
QUOTE = "(?:['\"]|&#x27;|&#39;|&quot;|%22|%27)"
END = r"(?=[\s'\"<>,;)\]}]|&(?:#x27|#39|quot|lt|gt);|$)"

CREDENTIALS = re.compile(
    r"(://|%3A%2F%2F)(?:(?!://|%3A%2F%2F|[\s'\"<>]|&(?:#x27|#39|quot|lt|gt);).){1,1000}(@|%40)", re.IGNORECASE
)
QUERY = re.compile(
    rf"((?:[?&;\s'\"]|%3F|%26|&amp;|^){PARAMETERS}(?:=|%3D))(?:(?!&|%26|\s|['\"<>]).)+", re.IGNORECASE | re.MULTILINE
)
MAPPING = re.compile(rf"({QUOTE}{PARAMETERS}{QUOTE}\s*[:,]\s*[\[(]?\s*b?{QUOTE}).*?(?={QUOTE})", re.IGNORECASE)
HEADER = re.compile(
    rf"((?:Proxy-)?Authorization(?:{QUOTE})?\s*[:=,]\s*[\[(]?\s*(?:b?{QUOTE})?)(?!\*)(?:(?!{QUOTE}|[\r\n<]|\\[rn]).)+",
    re.IGNORECASE,
)
SIGNED = re.compile(r"((?:Signature|Credential)=)[A-Za-z0-9/+=%._-]+")
URL_PASSWORDS = (re.compile(r"://[^:/@\s]*:(\S+)@"), re.compile(r"://[^:/@\s]*:([^@\s]+)@"))
SAS_SIGNATURE = re.compile("(?:^|[?&])sig=([^&]+)")  # Azure's shared access signature


def found() -> set[str]:
    """Every secret in the settings and in the environment, as it is and with its percent-encoding undone."""
    secrets: set[str] = set()
    if settings.configured:  # they are not while they are read, and never in gunicorn's first process
        _collect("", {name: getattr(settings, name) for name in dir(settings) if name.isupper()}, secrets)
    _collect("", dict(os.environ), secrets)
    secrets |= {unquote(secret) for secret in secrets}
    return {secret for secret in secrets if len(secret) >= SHORTEST}


def _collect(name: str, value: Any, secrets: set[str]) -> None:
    """Add to `secrets` what is secret in the setting `name`, and in the values within it."""
    if isinstance(value, str):
        if NAMES.search(name):
            secrets |= {value, *SAS_SIGNATURE.findall(value)}
        if "://" in value:
            secrets |= {password for pattern in URL_PASSWORDS for password in pattern.findall(value)}
    elif isinstance(value, dict):
        for key, item in value.items():
            _collect(str(key), item, secrets)
    elif isinstance(value, list | tuple | set):
        for item in value:
            _collect(name, item, secrets)


def redact(text: str, more: Iterable[str] = ()) -> str:
    """`text` without the site's secrets, in any encoding, and without credentials in URLs and headers.

    Args:
        more: other secrets to replace, such as those of a request.
    """
    secrets = found() | {secret for secret in more if len(secret) >= SHORTEST}
    if secrets:
        text = _pattern(frozenset(secrets)).sub(SUBSTITUTE, text)
    text = CREDENTIALS.sub(rf"\1{SUBSTITUTE}\2", text)
    for pattern in (HEADER, MAPPING, QUERY, SIGNED):
        text = pattern.sub(rf"\1{SUBSTITUTE}", text)
    return text


def contains(text: str, secrets: Set[str]) -> bool:
    """Whether one of `secrets` is in `text`, in any encoding."""
    return bool(secrets) and _pattern(frozenset(secrets)).search(text) is not None


def is_parameter(name: str) -> bool:
    """Whether `name` is a parameter that signs a URL."""
    return re.fullmatch(PARAMETERS, name, re.IGNORECASE) is not None


@lru_cache(maxsize=8)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(secrets, key=len, reverse=True)
    return re.compile("|".join([*map(_spellings, longest_first), *map(_in_base64, longest_first)]))


def _spellings(secret: str) -> str:
    """A pattern for `secret` as it is, percent-encoded once or more, in HTML and in a literal of Python or JSON.

    Each character may be encoded or not: `quote`, `quote_plus` and DSNs differ in which ones they encode.
    """
    return "".join(map(_spelling, secret))


def _spelling(character: str) -> str:
    encoded = character.encode("utf-8", "surrogatepass")
    percent = "".join(f"%(?:25)*(?i:{byte:02x})" for byte in encoded)
    forms = {re.escape(character), percent}
    if not character.isalnum() or not character.isascii():
        escaped = {character.encode("unicode_escape").decode(), repr(encoded)[2:-1], f"\\{character}"}
        escaped |= {html.escape(character), html.escape(repr(encoded)[2:-1]), f"&#{ord(character)};"}
        escaped.add(f"\\u{ord(character):04x}")
        forms |= {re.escape(form) for form in escaped}
    if character == " ":
        forms.add(re.escape("+"))
    if character == "+":
        forms.add(" ")  # what `unquote_plus` makes of it
    return f"(?:{'|'.join(sorted(forms, key=len, reverse=True))})"


def _in_base64(secret: str) -> str:
    """A pattern for base64 of any text that contains `secret`, such as a header of Basic authentication."""
    cores = []
    for offset in range(3):
        data = b"\0" * offset + secret.encode("utf-8", "surrogatepass")
        encoded = base64.b64encode(data[: len(data) // 3 * 3]).decode()
        cores.append(encoded[(0, 2, 3)[offset] :])  # the first characters depend on the bytes before the secret
    cores = [core for core in cores if len(core) >= SHORTEST]
    run = "[A-Za-z0-9+/_=-]*"
    # Match from the beginning of a run only. From each of its letters, a long run would take the square of its length.
    return "|".join(f"(?<![A-Za-z0-9+/_=-]){run}?{_url_safe(core)}{run}" for core in cores) or "(?!)"


def _url_safe(core: str) -> str:
    """A pattern for the base64 text `core` in both alphabets."""
    return re.escape(core).replace(re.escape("+"), "[+-]").replace("/", "[/_]")
