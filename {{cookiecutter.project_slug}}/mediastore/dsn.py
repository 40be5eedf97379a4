"""Takes the text of a storage DSN apart: scheme, credentials, host, port, path and parameters.

What a scheme means is in `mediastore.schemes`.
"""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}

Default = TypeVar("Default", str, int, None)


@dataclass(frozen=True)
class DSN:
    """A parsed DSN. Every part is decoded. `repr()` shows neither `username` nor `password`.

    `host` is in lower case and without the brackets of an IPv6 address. `variable` is the environment variable that
    holds the DSN; error messages name it.
    """

    scheme: str
    host: str = ""
    port: int | None = None
    path: str = ""
    params: dict[str, str] = field(default_factory=dict)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    variable: str = field(default="DSN", compare=False)

    def error(self, fault: str) -> ImproperlyConfigured:
        """An `ImproperlyConfigured` whose message is the variable and `fault`, which must not contain the secret."""
        return ImproperlyConfigured(f"{self.variable}: {fault}")

    def check_parameters(self, known: Collection[str]) -> None:
        """Raise `ImproperlyConfigured` for a parameter that is not in `known`. The message proposes the nearest one."""
        for name in self.params:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                advice = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known)) or 'none'}."
                raise self.error(f"unknown parameter{_shown(name)} for {self.scheme}://; {advice}")

    def choice(self, name: str, allowed: Collection[str], default: Default) -> str | Default:
        """The parameter `name`, one of `allowed`; `default` if it is absent."""
        if name not in self.params:
            return default
        if self.params[name] not in allowed:
            raise self.error(f"parameter {name!r} must be one of {', '.join(allowed)}.")
        return self.params[name]

    def boolean(self, name: str, default: bool) -> bool:
        """The parameter `name` as a boolean: 1, true, yes, on or 0, false, no, off; `default` if it is absent."""
        if name not in self.params:
            return default
        value = self.params[name].lower()
        if value not in TRUE | FALSE:
            raise self.error(f"parameter {name!r} must be true or false.")
        return value in TRUE

    def integer(self, name: str, low: int, high: int, default: Default) -> int | Default:
        """The parameter `name` as an integer from `low` to `high`; `default` if it is absent."""
        if name not in self.params:
            return default
        text = self.params[name]
        if not (text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high):
            raise self.error(f"parameter {name!r} must be a whole number from {low} to {high}.")
        return int(text)

    def http_url(self, name: str) -> str | None:
        """The parameter `name` as an absolute http or https URL without its last slash; None if it is absent."""
        if name not in self.params:
            return None
        text = self.params[name]
        try:
            parts = urlsplit(text)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable or parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", text):
            raise self.error(f"parameter {name!r} must be a URL such as https://media.example.com/ (percent-encoded).")
        return text.rstrip("/")


def parse(text: str, variable: str = "DSN") -> DSN:
    """Take a DSN apart.

    Args:
        text: the DSN, `scheme://[KEY:SECRET@][HOST[:PORT]]/[PATH][?NAME=VALUE&…]`, percent-encoded.
        variable: the name of the environment variable that holds it, for messages.

    Raises:
        ImproperlyConfigured: the DSN cannot be read. The message names the variable and the part, never the secret.
    """
    blank = DSN(scheme="", variable=variable)
    text = text.strip()
    if text.startswith(("'", '"')) or text.endswith(("'", '"')):
        raise blank.error("is wrapped in quotes; take them away.")
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise blank.error("contains white space or control characters; percent-encode them.")
    if "://" not in text:
        raise blank.error("is no DSN; it looks like s3://KEY:SECRET@BUCKET.ENDPOINT/ or file:///PATH.")
    if "#" in text:
        raise blank.error("contains '#'; write it as %23.")
    scheme = text.partition("://")[0].lower()
    if not SCHEME.fullmatch(scheme):
        raise blank.error("does not begin with a scheme such as s3://.")
    try:
        parts = urlsplit(text)
        netloc, path, query = parts.netloc, parts.path, parts.query
    except ValueError:
        raise blank.error("has a host that cannot be read.") from None
    credentials, at, address = netloc.rpartition("@")
    if "@" in query or (not at and ":" in netloc and not netloc.startswith("[") and "@" in path):
        raise blank.error(
            "has a secret with an unencoded '/' or '?' (write %2F or %3F), or a parameter with an '@' (%40)."
        )
    if "@" in credentials:
        raise blank.error("has an unencoded '@' before the host; write it as %40.")
    host, port = _address(address, blank)
    username, password = _credentials(credentials, blank) if at else (None, None)
    return DSN(
        scheme=scheme,
        host=host,
        port=port,
        path=_decode(path, "path", blank),
        params=_parameters(query, blank),
        username=username,
        password=password,
        variable=variable,
    )


def build(dsn: DSN) -> str:
    """The text that `parse` reads as `dsn`."""
    host = f"[{dsn.host}]" if ":" in dsn.host else dsn.host
    credentials = f"{quote(dsn.username, safe='')}:{quote(dsn.password or '', safe='')}@" if dsn.username else ""
    port = f":{dsn.port}" if dsn.port is not None else ""
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in dsn.params.items())
    return f"{dsn.scheme}://{credentials}{host}{port}{quote(dsn.path)}{'?' + query if query else ''}"


def _shown(name: str) -> str:
    """The name of a parameter, for a message; nothing if the name may be a piece of a secret."""
    return f" {name!r}" if re.fullmatch(r"[a-z_]{1,30}", name) else ""


def _decode(text: str, part: str, blank: DSN) -> str:
    if BAD_ESCAPE.search(text):
        raise blank.error(f"has a bad percent-encoding in its {part}: a '%' itself is written %25.")
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise blank.error(f"has a percent-encoding in its {part} that is not UTF-8.") from None
    if re.search(r"[\x00-\x1f\x7f]", decoded):
        raise blank.error(f"has a control character in its {part}.")
    return decoded


def _credentials(text: str, blank: DSN) -> tuple[str | None, str | None]:
    key, colon, secret = text.partition(":")
    if ":" in secret:
        raise blank.error("has an unencoded ':' in its secret; write it as %3A.")
    key, secret = _decode(key, "access key", blank), _decode(secret, "secret", blank)
    if bool(key) != bool(secret):
        missing = "secret" if key else "access key"
        raise blank.error(f"has no {missing}; write KEY:SECRET@, or neither to use the environment's credentials.")
    return key or None, secret or None


def _address(text: str, blank: DSN) -> tuple[str, int | None]:
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]*)(?::(.*))?", text)
    if not match:
        raise blank.error("has a host that cannot be read.")
    host, port = match[1].strip("[]"), match[2]
    host = _decode(host, "host", blank).lower()
    if re.search(r"[^\w.:-]", host, re.ASCII):
        raise blank.error("has a host with a character that host names cannot have.")
    if port in (None, ""):
        return host, None
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
        raise blank.error("has a port that is no number from 1 to 65535.")
    return host, int(port)


def _parameters(query: str, blank: DSN) -> dict[str, str]:
    params: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        name, value = (_decode(text.replace("+", " "), "parameters", blank) for text in (name, value))
        if name in params:
            raise blank.error(f"has a parameter{_shown(name)} twice.")
        params[name] = value
    return params
