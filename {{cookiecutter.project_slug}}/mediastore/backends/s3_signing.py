"""Makes the URLs of objects in S3, without a request: public ones out of text, signed ones with botocore's signer."""

from urllib.parse import quote

from django.core.files.storage import Storage

from mediastore import headers
from mediastore.backends.private import lifetime
from mediastore.backends.s3_client import presign, resolved_style
from mediastore.backends.s3_connection import ConnectedS3Storage
from mediastore.s3_location import bucket_url

# How a URL spells the parameters of GetObject that set headers of the answer.
QUERY = {
    "ResponseContentType": "response-content-type",
    "ResponseCacheControl": "response-cache-control",
    "ResponseContentDisposition": "response-content-disposition",
}


class SignedS3Storage(ConnectedS3Storage):
    """Makes URLs: the public one, the signed one, and those for requests without a signature."""

    def url(self, name: str | None) -> str:
        if self.querystring_auth:
            # unless the DSN says otherwise, the bucket is in the path, as in the public URL
            style = "path" if self.addressing_style == "auto" else self.addressing_style
            return self.signed_url(str(name), self.querystring_expire or 3600, addressing_style=style)
        return self.base_url + quote(self.clean_key(name), safe=self.base_url_safe)

    def signed_url(
        self,
        name: str,
        expire: int | None = None,
        filename: str | None = None,
        method: str = "GET",
        attachment: bool = False,
        addressing_style: str | None = None,
    ) -> str:
        """A presigned URL at the public endpoint. No request is made.

        Args:
            expire: seconds that the URL is valid for; None for the DSN's `expire`, else 60.
            filename: what a browser saves the file as, in any script.
            method: GET or HEAD. The signature is valid for this method only.
            attachment: whether a browser saves the file even if it can show it in place.
            addressing_style: "path" or "virtual"; None for that of the DSN.

        Raises:
            ValueError: `expire` is less than a second or more than a week.
        """
        seconds = lifetime(expire, self.querystring_expire or 60)
        wanted = {
            "ResponseContentType": headers.content_type(name),
            "ResponseCacheControl": headers.PRIVATE_CACHE,
            "ResponseContentDisposition": headers.content_disposition(name, filename, attachment),
        }
        answer = {header: value for header, value in wanted.items() if value}
        endpoint, key = self.public_endpoint, self.clean_key(name)
        if self.signature_version != "s3v4":
            operation = {"GET": "get_object", "HEAD": "head_object"}[method]
            parameters = {"Bucket": self.bucket_name, "Key": key, **answer}
            client = self._client(endpoint, addressing_style)
            return str(client.generate_presigned_url(operation, Params=parameters, ExpiresIn=seconds))
        query = "&".join(f"{QUERY[header]}={quote(value, safe='')}" for header, value in answer.items())
        url = f"{self._bucket_url(endpoint, addressing_style)}/{quote(key, safe='/~')}?{query}"
        return presign(method, url, self.credentials, self.region_name, seconds)

    def anonymous_urls(self, key: str, public: Storage | None = None) -> list[str]:
        roots = [self._bucket_url(endpoint) for endpoint in (self.endpoint_url, self.public_endpoint)]
        if isinstance(public, SignedS3Storage):
            roots.append(public.base_url.rstrip("/"))
        return list(dict.fromkeys(f"{root}/{quote(key, safe='/~')}" for root in roots))

    def anonymous_listing_url(self) -> str:
        return f"{self._bucket_url(self.endpoint_url)}/?list-type=2&max-keys=1"

    def _bucket_url(self, endpoint: str, addressing_style: str | None = None) -> str:
        return bucket_url(
            endpoint, self.bucket_name, resolved_style(endpoint, addressing_style or self.addressing_style)
        )
