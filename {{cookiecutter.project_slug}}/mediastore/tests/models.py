"""Models with files for the tests, as a site has them."""

from django.db import models

from mediastore.cleanup import deletes_files
from mediastore.fields import PictureField, PrivateFileField


@deletes_files
class Picture(models.Model):
    title = models.CharField(max_length=200)
    image = PictureField(upload_to="pictures/", max_length=255)

    def __str__(self):
        return self.title


@deletes_files
class Document(models.Model):
    title = models.CharField(max_length=200)
    file = PrivateFileField(upload_to="documents/", max_length=255)

    def __str__(self):
        return self.title


class Cover(Picture):
    """A proxy, whose rows are those of `Picture`."""

    class Meta:
        proxy = True


@deletes_files
class Badge(models.Model):
    """Its rows name one file of the site until they get one of their own."""

    image = PictureField(upload_to="badges/", default="badges/default.jpg")

    def __str__(self):
        return self.image.name
