"""Public pictures with thumbnails, and private documents: the two kinds of media that a site has."""

from django.db import models

from mediastore.cleanup import deletes_files
from mediastore.fields import PictureField, PrivateFileField


@deletes_files
class Picture(models.Model):
    """A picture that everyone may see."""

    title = models.CharField(max_length=200)
    image = PictureField(upload_to="gallery/pictures/", max_length=255)
    added = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-added", "-pk")

    def __str__(self):
        return self.title


@deletes_files
class Document(models.Model):
    """A document for those whom `PRIVATE_MEDIA_PERMISSION` lets read it."""

    title = models.CharField(max_length=200)
    file = PrivateFileField(upload_to="gallery/documents/", max_length=255)
    added = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-added", "-pk")

    def __str__(self):
        return self.title
