"""Sends requests without a signature or a cookie, as anybody can, to find out which files are public."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import urllib3

THREADS = 32  # more do not make two cores faster
REQUESTS = 4  # for one URL, with redirects; AWS redirects to the bucket's region
BATCH = 1000  # URLs that wait for a thread; with all of them memory would grow with the bucket

Status = int | str  # of an answer; without an answer, the name of the error
Item = TypeVar("Item")


class Anonymous:
    """A client with a pool of connections. It is safe across threads."""

    def __init__(self) -> None:
        retries = urllib3.Retry(
            3, backoff_factor=0.2, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False
        )
        timeout = urllib3.Timeout(connect=10, read=30)
        # boto3 reads this variable too: a service may have a certificate that no public authority has signed
        certificates = os.environ.get("AWS_CA_BUNDLE")
        self._pools = urllib3.PoolManager(maxsize=THREADS, retries=retries, timeout=timeout, ca_certs=certificates)

    def status(self, url: str) -> Status:
        """The status of the answer to a GET of one byte."""
        try:
            for _ in range(REQUESTS):
                answer = self._get(url)
                if answer.status == 200:
                    answer.close()  # the server ignores Range, and sends the whole file
                else:
                    answer.drain_conn()
                    answer.release_conn()
                if not (location := answer.get_redirect_location()):
                    break
                url = location if "://" in location else origin(url) + location
        except urllib3.exceptions.HTTPError as error:
            return type(error).__name__
        return int(answer.status)

    def _get(self, url: str) -> urllib3.BaseHTTPResponse:
        """The answer for exactly this path. `PoolManager.request` would resolve `..`, and so ask for another key."""
        path = url.removeprefix(origin(url)) or "/"
        pool = self._pools.connection_from_url(origin(url))
        return pool.urlopen("GET", path, headers={"Range": "bytes=0-0"}, preload_content=False, redirect=False)

    def statuses(self, asked: Iterable[tuple[str, Item]]) -> Iterator[tuple[str, Item, Status]]:
        """The status of each URL, in order. Many requests are made at a time.

        Args:
            asked: pairs of a URL and an item, such as the file at the URL, which is given back with the status.
        """
        asked = iter(asked)
        with ThreadPoolExecutor(THREADS) as threads:
            while batch := list(islice(asked, BATCH)):
                for (url, item), status in zip(batch, threads.map(self.status, [url for url, _ in batch]), strict=True):
                    yield url, item, status


def is_readable(status: Status) -> bool:
    """Whether an answer with this status contains the file. An empty file has no first byte, so its status is 416."""
    return isinstance(status, int) and (200 <= status < 300 or status == 416)


def first_readable(client: Anonymous, urls: list[str]) -> str | None:
    """The first of `urls` that everyone can read; None if there is none."""
    return next((url for url in urls if is_readable(client.status(url))), None)


def origin(url: str) -> str:
    """Scheme, host and port of `url`."""
    return "/".join(url.split("/", 3)[:3])
