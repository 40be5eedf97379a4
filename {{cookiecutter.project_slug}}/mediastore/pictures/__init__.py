"""Pictures that others send: what may be decoded (`limits`), and what is taken out of a file (`metadata`)."""

from mediastore.pictures.limits import FORMATS, RefusedPictureError, decoded, validate
from mediastore.pictures.metadata import stripped

__all__ = ["FORMATS", "RefusedPictureError", "decoded", "stripped", "validate"]
