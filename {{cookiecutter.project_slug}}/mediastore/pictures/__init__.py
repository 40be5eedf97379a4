"""Pictures that strangers upload: `limits` refuses what is dangerous to decode, `metadata` removes what is not seen."""

from mediastore.pictures.limits import FORMATS, RefusedPictureError, decoded, validate
from mediastore.pictures.metadata import stripped

__all__ = ["FORMATS", "RefusedPictureError", "decoded", "stripped", "validate"]
