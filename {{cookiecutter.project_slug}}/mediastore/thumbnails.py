"""Thumbnails: of pictures that are safe to decode, without metadata, and private where their file is."""

import hashlib
import io

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

# Bytes; a file system's limit is 255, and easy-thumbnails' column has 255 characters for the folders too.
LONGEST = 200


def namer(thumbnailer, **kwargs):
    """`THUMBNAIL_NAMER`: easy-thumbnails' own names, on the right storage.

    easy-thumbnails stores a thumbnail in `STORAGES["easy_thumbnails"]`, which is public, unless the source's field
    names another storage. This function is asked before a thumbnail is looked for or stored.
    """
    if _is_private(thumbnailer.source_storage) and not _is_private(thumbnailer.thumbnail_storage):
        thumbnailer.thumbnail_storage = mediastore.get_storage("private_thumbnails")
    name = namers.default(thumbnailer=thumbnailer, **kwargs)
    if len(name.encode()) <= LONGEST:
        return name
    digest = hashlib.sha256(kwargs["source_filename"].encode()).hexdigest()
    return namers.default(thumbnailer=thumbnailer, **kwargs | {"source_filename": digest[:40]})


def _is_private(storage):
    return getattr(storage, "is_private", False)


def first_frame(source, exif_orientation=True, **options):
    """`THUMBNAIL_SOURCE_GENERATORS`: the first frame of a picture, the right way up, without its metadata.

    easy-thumbnails' own generator decodes whatever Pillow recognises, and its processors go through every frame.

    Args:
        source: the open file; None where it could not be opened.
        exif_orientation: whether to turn the picture as its Exif data says.

    Raises:
        RefusedPictureError: too many pixels, another format, or a broken file.
    """
    if not source:
        return None
    if isinstance(source, Thumbnailer):  # that of a thumbnail which is about to be made, whatever the way to it
        _prepare(source)
    with pictures.decoded(source) as image:
        if exif_orientation:
            ImageOps.exif_transpose(image, in_place=True)
        if image.format == "GIF" or getattr(image, "n_frames", 1) > 1:  # asked for it, a GIF would count its frames
            image = image.copy()
        # else a comment or a position would be written into the thumbnail
        image.info = {name: image.info[name] for name in ("transparency", "icc_profile") if name in image.info}
        return image


def _prepare(thumbnailer):
    """Let `thumbnailer` store the thumbnail that it makes with one request, and record it.

    Of a plain file object easy-thumbnails records no thumbnail, but its dimensions, which is an IntegrityError.
    """
    storage = thumbnailer.thumbnail_storage
    if isinstance(storage, ReplacingStorage):
        thumbnailer.thumbnail_storage = Storing(storage._wrapped if type(storage) is Storing else storage)
    if thumbnailer.remote_source:
        thumbnailer.remote_source, thumbnailer.source_storage = False, PlainFiles()


class PlainFiles(Storage):
    """The storage that a plain file object is recorded with: it lies in none of ours, so its name is none of theirs."""

    def _open(self, name, mode="rb"):
        raise FileNotFoundError(f"{name!r} was a file object, and nothing has stored it.")

    def exists(self, name):
        return False


class Storing(LazyObject):
    """The storage of a thumbnail that is being made. Its first delete is ignored: the save that follows overwrites.

    easy-thumbnails sends that delete before each save (`Thumbnailer.save_thumbnail`), which is a request of its own on S3.
    It looks at a lazy object's storage when it asks for the class.
    """

    def __init__(self, storage):
        super().__init__()
        self.__dict__["is_first"] = True
        self._wrapped = storage

    def delete(self, name):
        if self.__dict__["is_first"]:
            self.__dict__["is_first"] = False
        else:
            self._wrapped.delete(name)


def srgb(image, **options):
    """`THUMBNAIL_PROCESSORS`, the last one: apply the colour profile, which easy-thumbnails would lose."""
    profile = isinstance(image, Image.Image) and image.info.pop("icc_profile", None)
    if not profile or image.mode not in ("RGB", "RGBA"):
        return image
    try:
        used = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if used.profile.xcolor_space.strip() == "RGB":  # else the picture was converted from it already
            image = ImageCms.profileToProfile(image, used, ImageCms.createProfile("sRGB"), outputMode=image.mode)
    except (ImageCms.PyCMSError, OSError):  # no profile that can be used
        return image
    image.info.pop("icc_profile", None)
    return image


class OwnThumbnails:
    """Of a field file that makes thumbnails: whoever stores a thumbnail and cannot record it deletes it.

    A row can be deleted, or name another file, while a request makes a thumbnail of its file.
    """

    def save_thumbnail(self, thumbnail):
        """Store and record `thumbnail`.

        Raises:
            RefusedPictureError: the picture was deleted meanwhile.
        """
        try:
            with thumbnail_records.recording(self.thumbnail_storage, thumbnail.name):
                super().save_thumbnail(thumbnail)
        except (IntegrityError, FileNotFoundError) as error:  # the latter by whoever looks before it is recorded
            raise pictures.RefusedPictureError(f"{self.name!r} was deleted meanwhile.") from error
        if not self.instance._state.adding:
            # Who deletes the row sees what is recorded, or it is gone by now.
            using = router.db_for_write(Thumbnail)
            transaction.on_commit(self._delete_those_of_nothing, using=using, robust=True)

    def _delete_those_of_nothing(self):
        rows = self.field.model._base_manager.using(self.instance._state.db)
        if not rows.filter(pk=self.instance.pk, **{self.field.name: self.name}).exists():
            thumbnail_records.clear(self.source_storage, self.name)
