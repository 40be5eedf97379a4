"""Requests without a signature or a cookie, as anybody can send them."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from urllib.parse import quote

import urllib3

from mediastore.backends.s3 import S3Storage
from mediastore.backends.s3_client import resolved_style
from mediastore.s3_location import bucket_url

THREADS = 32  # more do not make two cores faster
REDIRECTS = 4  # requests for one URL; AWS sends them to the bucket's region
BATCH = 1000  # URLs that wait for a thread, so that memory does not grow with the bucket


class Anonymous:
    """A client with a pool of connections; safe across threads."""

    def __init__(self):
        retries = urllib3.Retry(
            3, backoff_factor=0.2, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False
        )
        timeout = urllib3.Timeout(connect=10, read=30)
        # the bundle that boto3 reads too, for services with a certificate of their own
        certificates = os.environ.get("AWS_CA_BUNDLE")
        self._pools = urllib3.PoolManager(maxsize=THREADS, retries=retries, timeout=timeout, ca_certs=certificates)

    def status(self, url: str) -> int | str:
        """The status of the answer to a GET of one byte; the error's name where there is no answer."""
        try:
            for _ in range(REDIRECTS):
                answer = self._get(url)
                if answer.status == 200:
                    answer.close()  # the whole file is on its way
                else:
                    answer.drain_conn()
                    answer.release_conn()
                if not (location := answer.get_redirect_location()):
                    break
                url = location if "://" in location else origin(url) + location
        except urllib3.exceptions.HTTPError as error:
            return type(error).__name__
        return answer.status

    def _get(self, url):
        """The answer for the path as it is. `PoolManager.request` would take `..` out of it, which is another key."""
        path = url.removeprefix(origin(url)) or "/"
        pool = self._pools.connection_from_url(origin(url))
        return pool.urlopen("GET", path, headers={"Range": "bytes=0-0"}, preload_content=False, redirect=False)

    def statuses(self, asked: Iterable[tuple[str, object]]) -> Iterator[tuple[str, object, int | str]]:
        """For each URL, and what goes with it, the status too; in order, many at a time."""
        asked = iter(asked)
        with ThreadPoolExecutor(THREADS) as threads:
            while batch := list(islice(asked, BATCH)):
                for (url, item), status in zip(batch, threads.map(self.status, [url for url, _ in batch]), strict=True):
                    yield url, item, status


def is_readable(status: int | str) -> bool:
    """Whether an answer of this status has the file in it; 416 is that of an empty one, which has no first byte."""
    return isinstance(status, int) and (200 <= status < 300 or status == 416)


def urls(storage, key: str, public=None) -> list[str]:
    """Where somebody would look for the object `key` of the bucket of `storage`.

    None for a disk: what lies outside the public folder has no URL.

    Args:
        public: the public storage where its files lie in the same bucket; its base URL serves the whole bucket then.
    """
    if isinstance(storage, S3Storage):
        roots = [_root(storage, endpoint) for endpoint in (storage.endpoint_url, storage.public_endpoint)]
        if public is not None:
            roots.append(public.base_url.rstrip("/"))
        return list(dict.fromkeys(f"{root}/{quote(key, safe='/~')}" for root in roots))
    if hasattr(storage, "azure_container"):
        scheme, suffix = "https" if storage.azure_ssl else "http", storage.endpoint_suffix
        return [f"{scheme}://{storage.account_name}.blob.{suffix}/{storage.azure_container}/{quote(key, safe='/~')}"]
    if hasattr(storage, "bucket_name"):
        return [f"https://storage.googleapis.com/{storage.bucket_name}/{quote(key, safe='/~')}"]
    return []


def first_readable(client: Anonymous, urls: list[str]) -> str | None:
    """The first of `urls` that everyone can read; None if there is none."""
    return next((url for url in urls if is_readable(client.status(url))), None)


def origin(url: str) -> str:
    """Scheme, host and port of `url`."""
    return "/".join(url.split("/", 3)[:3])


def listing_url(storage) -> str | None:
    """The URL that lists a bucket of S3."""
    if not isinstance(storage, S3Storage):
        return None
    return f"{_root(storage, storage.endpoint_url)}/?list-type=2&max-keys=1"


def _root(storage, endpoint):
    return bucket_url(endpoint, storage.bucket_name, resolved_style(endpoint, storage.addressing_style))
