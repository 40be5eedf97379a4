"""URLs of objects in S3: public ones are made of text, signed ones by botocore's signer. No request is made."""

from urllib.parse import quote

from mediastore import headers
from mediastore.backends.private import lifetime
from mediastore.backends.s3_client import presign, resolved_style
from mediastore.backends.s3_connection import ConnectedS3Storage
from mediastore.s3_location import bucket_url

# The parameters of GetObject that change an answer's headers, as they stand in a URL.
QUERY = {
    "ResponseContentType": "response-content-type",
    "ResponseCacheControl": "response-cache-control",
    "ResponseContentDisposition": "response-content-disposition",
}


class SignedS3Storage(ConnectedS3Storage):
    """Gives the URLs of a storage's objects."""

    def url(self, name: str | None) -> str:
        if self.querystring_auth:
            # like the unsigned one by path, unless the DSN says otherwise
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
        """A presigned URL for the public endpoint. No request is made.

        Args:
            expire: seconds that it is good for; the DSN's `expire`, or 60.
            filename: what a browser saves it as, in any script.
            method: GET or HEAD; the signature is good for that one alone.
            attachment: whether a browser is to save what it could show in place.
            addressing_style: path or virtual, for another one than the DSN's.

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
        style = resolved_style(endpoint, addressing_style or self.addressing_style)
        query = "&".join(f"{QUERY[header]}={quote(value, safe='')}" for header, value in answer.items())
        url = f"{bucket_url(endpoint, self.bucket_name, style)}/{quote(key, safe='/~')}?{query}"
        return presign(method, url, self.credentials, self.region_name, seconds)
