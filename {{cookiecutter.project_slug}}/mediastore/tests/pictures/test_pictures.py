"""Which uploads are refused as pictures, and which are accepted."""

import io
import time

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test.utils import isolate_apps
from PIL import Image

from mediastore import pictures
from mediastore.fields import PictureField, PictureFormField
from mediastore.testing import bombs

KINDS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")


@pytest.mark.parametrize("name", bombs.REFUSED)
def test_an_upload_that_costs_too_much_or_is_no_picture_is_refused_at_once(name):
    upload = SimpleUploadedFile(name, bombs.REFUSED[name]())
    begun = time.process_time()
    with pytest.raises(ValidationError):
        PictureFormField().clean(upload)
    assert time.process_time() - begun < 3, "seconds of the processor"


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_one_pixel_too_many_is_refused(kind, settings):
    settings.MEDIA_MAX_PIXELS = 101 * 100
    pictures.validate(ContentFile(bombs.encoded(kind)))
    settings.MEDIA_MAX_PIXELS -= 1
    with pytest.raises(ValidationError, match="too many|at most"):
        pictures.validate(ContentFile(bombs.encoded(kind)))


@pytest.mark.parametrize("kind", ANIMATED)
def test_the_frames_of_an_animation_count(kind, settings):
    animation = ContentFile(bombs.animated(kind, 7))
    settings.MEDIA_MAX_ANIMATION_PIXELS = 7 * 101 * 100
    pictures.validate(animation)
    settings.MEDIA_MAX_ANIMATION_PIXELS -= 1
    with pytest.raises(ValidationError, match="7 frames of 101 × 100, 0.0707 million pixels together"):
        pictures.validate(animation)


@pytest.mark.parametrize("side, size", [(9000, r"81 million pixels \(9000 × 9000\)"), (30_000, "900 million pixels")])
def test_the_error_says_the_limit_and_the_size(side, size):
    with pytest.raises(ValidationError, match=f"The picture has {size}; at most 64 million pixels are accepted"):
        pictures.validate(ContentFile(bombs.jpeg(side, side)))


def test_what_people_upload_passes():
    """A phone's picture of 50 megapixels, and an animation of 240 frames at 1280 × 720."""
    photo = ContentFile(bombs.encoded("JPEG", (8192, 6144)), "photo.jpg")
    frames = bombs.gif(1, 1)[:-1] + bombs.TINY_GIF_FRAME * 239 + b";"
    animation = ContentFile(frames[:6] + b"\0\5\xd0\2" + frames[10:], "cat.gif")
    for upload in (photo, animation):
        pictures.validate(upload)


def test_a_file_larger_than_its_pixels_is_not_read(settings):
    settings.MEDIA_MAX_PIXELS = 250_000
    with pytest.raises(ValidationError, match="has 2 MB; at most 1 MB"):
        pictures.validate(ContentFile(bombs.encoded("JPEG") + b"\0" * 2_000_000))


def test_no_other_decoder_sees_an_upload(monkeypatch):
    """Django's own form field would let Pillow try all of its formats."""
    tried = []
    opened = Image.open
    monkeypatch.setattr(Image, "open", lambda *args, **options: tried.append(options) or opened(*args, **options))
    with pytest.raises(ValidationError):
        PictureFormField().clean(SimpleUploadedFile("fits.jpg", bombs.fits()))
    assert tried == [{"formats": pictures.FORMATS}]


@pytest.mark.django_db
@isolate_apps("mediastore")
def test_a_model_refuses_it_too():
    class Portrait(models.Model):
        image = PictureField(upload_to="portraits/")

        class Meta:
            app_label = "mediastore"

    portrait = Portrait(image=ContentFile(bombs.jpeg(30_000, 30_000), "large.jpg"))
    with pytest.raises(ValidationError, match="900 million"):
        portrait.clean_fields()
    portrait.image.save("large.jpg", ContentFile(bombs.jpeg(30_000, 30_000)), save=False)  # code is trusted
    portrait.image = portrait.image.name
    portrait.clean_fields()  # and what is stored is not fetched


def test_an_upload_is_at_its_beginning_afterwards(jpeg):
    upload = io.BytesIO(jpeg)
    pictures.validate(upload)
    assert upload.read() == jpeg
