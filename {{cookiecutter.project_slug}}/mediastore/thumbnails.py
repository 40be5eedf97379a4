"""What easy-thumbnails is told to do differently: decode safely, keep no metadata, and store private thumbnails apart."""

import hashlib
import io
from typing import TYPE_CHECKING, Any, NoReturn

from django.core.files.storage import Storage
from django.db import IntegrityError, router, transaction
from django.utils.functional import LazyObject
from easy_thumbnails import namers
from easy_thumbnails.files import Thumbnailer
from easy_thumbnails.models import Thumbnail
from PIL import Image, ImageCms, ImageOps

import mediastore
from mediastore import pictures, thumbnail_records
from mediastore.backends.replacing import ReplacingStorage

if TYPE_CHECKING:
    from easy_thumbnails.files import ThumbnailerFieldFile
else:
    ThumbnailerFieldFile = object

# Bytes of a thumbnail's name. A file system's limit is 255; easy-thumbnails' column has 255 characters, folders included.
LONGEST = 200


def namer(thumbnailer: Any, **kwargs: Any) -> str:
    """`THUMBNAIL_NAMER`: easy-thumbnails' own names, shortened if they are too long, on the right storage.

    easy-thumbnails stores thumbnails in `STORAGES["easy_thumbnails"]`, which is public, unless the source's field names
    another storage. It calls the namer before it looks for a thumbnail or stores one, so the namer sets the storage.
    """
    if _is_private(thumbnailer.source_storage) and not _is_private(thumbnailer.thumbnail_storage):
        thumbnailer.thumbnail_storage = mediastore.get_storage("private_thumbnails")
    name: str = namers.default(thumbnailer=thumbnailer, **kwargs)
    if len(name.encode()) <= LONGEST:
        return name
    digest = hashlib.sha256(kwargs["source_filename"].encode()).hexdigest()
    short: str = namers.default(thumbnailer=thumbnailer, **kwargs | {"source_filename": digest[:40]})
    return short


def _is_private(storage: Any) -> bool:
    return getattr(storage, "is_private", False)


def first_frame(source: Any, exif_orientation: bool = True, **options: Any) -> Image.Image | None:
    """`THUMBNAIL_SOURCE_GENERATORS`: the first frame of a picture, the right way up, without its metadata.

    It stands in for easy-thumbnails' own generator, which decodes every format that Pillow knows, and lets the processors
    go through every frame.

    Args:
        source: the open file, or easy-thumbnails' `Thumbnailer` of it; None if it could not be opened.
        exif_orientation: whether to turn the picture as its Exif data says.

    Raises:
        RefusedPictureError: too many pixels, another format, or a broken file.
    """
    if not source:
        return None
    if isinstance(source, Thumbnailer):
        _prepare(source)
    with pictures.decoded(source) as opened:
        image: Image.Image = opened
        if exif_orientation:
            ImageOps.exif_transpose(image, in_place=True)
        # A copy has one frame. A GIF is not asked for `n_frames`, because Pillow would go through the whole file.
        if image.format == "GIF" or getattr(image, "n_frames", 1) > 1:
            image = image.copy()
        # Pillow writes the rest of `info` into the thumbnail: comments, and the position.
        image.info = {name: image.info[name] for name in ("transparency", "icc_profile") if name in image.info}
        return image


def _prepare(thumbnailer: Any) -> None:
    """Let `thumbnailer` store its next thumbnail with one request, and record it.

    For a plain file object (`remote_source`) easy-thumbnails records a thumbnail's dimensions without the thumbnail,
    which is an IntegrityError.
    """
    thumbnailer.thumbnail_storage = storing(thumbnailer.thumbnail_storage)
    if thumbnailer.remote_source:
        thumbnailer.remote_source, thumbnailer.source_storage = False, PlainFiles()


class PlainFiles(Storage):
    """The storage that easy-thumbnails records for a plain file object. No file is in it.

    A storage of the project would be wrong: it may have another file of the same name.
    """

    def _open(self, name: str, mode: str = "rb") -> NoReturn:
        raise FileNotFoundError(f"{name!r} was a file object, and nothing has stored it.")

    def exists(self, name: str) -> bool:
        return False


class Storing(LazyObject):  # type: ignore[type-arg] # it is generic for type checkers only
    """The storage of a thumbnail that is being made. It ignores the first delete, because the save after it overwrites.

    easy-thumbnails deletes before each save (`Thumbnailer.save_thumbnail`), which costs a request on S3. A lazy object has
    the class of the storage that it wraps, and easy-thumbnails tells storages apart by their class.
    """

    def __init__(self, storage: Any):
        super().__init__()
        self.__dict__["is_first"] = True
        self._wrapped = storage

    def delete(self, name: str) -> None:
        if self.__dict__["is_first"]:
            self.__dict__["is_first"] = False
        else:
            self._wrapped.delete(name)


def storing(storage: Any) -> Any:
    """`storage` for the next thumbnail: a `Storing`, if saving replaces a file. Other storages need the delete before."""
    storage = storage._wrapped if type(storage) is Storing else storage
    return Storing(storage) if isinstance(storage, ReplacingStorage) else storage


def srgb(image: Any, **options: Any) -> Any:
    """`THUMBNAIL_PROCESSORS`, the last one: convert the colours to sRGB, because easy-thumbnails drops the colour profile.

    A picture without a profile is returned as it is, and so is a file that is no raster image (SVG).
    """
    profile = isinstance(image, Image.Image) and image.info.pop("icc_profile", None)
    if not profile or image.mode not in ("RGB", "RGBA"):
        return image
    try:
        used = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if used.profile.xcolor_space.strip() == "RGB":  # else a processor has converted the picture already
            image = ImageCms.profileToProfile(image, used, ImageCms.createProfile("sRGB"), outputMode=image.mode)
    except (ImageCms.PyCMSError, OSError):  # the profile is broken
        return image
    image.info.pop("icc_profile", None)
    return image


class OwnThumbnails(ThumbnailerFieldFile):
    """Mixin of a field file that makes thumbnails: no thumbnail stays without a record or without its picture.

    While a request makes a thumbnail, another one can delete the row, or give it another file.
    """

    def save_thumbnail(self, thumbnail: Any) -> None:
        """Store and record `thumbnail`. If it cannot be recorded, it is deleted again.

        Raises:
            RefusedPictureError: the picture was deleted meanwhile.
        """
        try:
            with thumbnail_records.recording(self.thumbnail_storage, thumbnail.name):
                super().save_thumbnail(thumbnail)
        except (IntegrityError, FileNotFoundError) as error:  # FileNotFoundError: an extension's
            raise pictures.RefusedPictureError(f"{self.name!r} was deleted meanwhile.") from error
        if not self.instance._state.adding:
            # A request that deletes the row deletes the thumbnails recorded so far. This one was perhaps recorded later,
            # so look on commit whether the row is still there.
            using = router.db_for_write(Thumbnail)
            transaction.on_commit(self._delete_if_orphaned, using=using, robust=True)

    def _delete_if_orphaned(self) -> None:
        """Delete the thumbnails if the row no longer names this file."""
        rows = self.field.model._base_manager.using(self.instance._state.db)
        if not rows.filter(pk=self.instance.pk, **{self.field.name: self.name}).exists():
            thumbnail_records.clear(self.source_storage, self.name)
