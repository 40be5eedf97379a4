"""`mediastore.templatetags`: the tag for signed URLs."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import models
from django.template import Context, Template
from django.test.utils import isolate_apps
from easy_thumbnails.fields import ThumbnailerImageField
from easy_thumbnails.files import get_thumbnailer

from mediastore.fields import PrivateFileField

pytestmark = pytest.mark.django_db


def rendered(arguments, **context):
    tags = ("load mediastore", f"signed_url {arguments}")
    return Template("".join("{" + f"% {tag} %" + "}" for tag in tags)).render(Context(context))


@pytest.fixture
def pair(jpeg):
    """An object with a private and a public file."""
    with isolate_apps("mediastore"):

        class Pair(models.Model):
            private = PrivateFileField(upload_to="tags/")
            public = ThumbnailerImageField(upload_to="tags/")

            class Meta:
                app_label = "mediastore"

        pair = Pair()
        for name in ("private", "public"):
            getattr(pair, name).save("seal.jpg", ContentFile(jpeg), save=False)
        yield pair


def test_whoever_has_the_url_can_read_the_file(pair, public_get, jpeg):
    url = rendered("pair.private expire=30 filename='Siegel Zoë.jpg'", pair=pair).replace("&amp;", "&")
    assert "/private/" in url or "X-Amz-Expires=30" in url
    status, headers, body = public_get(url)
    assert (status, body) == (200, jpeg)
    assert "Siegel%20Zo%C3%AB.jpg" in headers["Content-Disposition"]
    thumbnail = get_thumbnailer(pair.private).get_thumbnail({"size": (64, 64)})
    assert public_get(rendered("thumbnail", thumbnail=thumbnail).replace("&amp;", "&"))[0] == 200


def test_a_public_file_has_its_own_url(pair):
    assert rendered("pair.public", pair=pair) == pair.public.url == storages["default"].url(pair.public.name)


def test_no_file_has_no_url(pair):
    pair.private = None
    assert rendered("pair.private", pair=pair) == ""
