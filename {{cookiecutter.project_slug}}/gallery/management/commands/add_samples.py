"""`manage.py add_samples`: three pictures and a private document to look at, and on request somebody to log in as."""

import io
import math

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandError
from PIL import Image, ImageDraw

from gallery.models import Document, Picture

SIZE = (1200, 800)


class Command(BaseCommand):
    """Adds what is missing; run again, it changes nothing."""

    help = "Adds three drawn pictures and a private document, where the gallery has none."

    def add_arguments(self, parser):
        parser.add_argument(
            "--login", metavar="NAME", help="also make the superuser NAME with the password NAME, where DEBUG is on"
        )

    def handle(self, *args, login, **options):
        if login and not settings.DEBUG:
            raise CommandError(
                "--login makes a superuser with a password that anybody can guess, so it needs DEBUG to be on. "
                "Type `python manage.py createsuperuser` instead."
            )
        if not Picture.objects.exists():
            for title, draw in (("Waves", _waves), ("Sunrise", _sunrise), ("Mosaic", _mosaic)):
                picture = Picture(title=title)
                picture.image.save(f"{title.lower()}.jpg", ContentFile(_jpeg(draw)))
        if not Document.objects.exists():
            document = Document(title="Only for the staff")
            document.file.save("only-for-the-staff.txt", ContentFile(b"Whoever reads this has permission to.\n"))
        users = get_user_model()
        if login and not users.objects.filter(**{users.USERNAME_FIELD: login}).exists():
            users.objects.create_superuser(login, f"{login}@example.com", login)
        counts = (("picture", Picture.objects.count()), ("document", Document.objects.count()))
        self.stdout.write(", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts))


def _jpeg(draw):
    image = Image.new("RGB", SIZE)
    draw(image, ImageDraw.Draw(image))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=88)
    return stream.getvalue()


def _waves(image, pen):
    width, height = SIZE
    pen.rectangle((0, 0, width, height), fill=(232, 243, 250))
    for band in range(9):
        top = height * (band + 2) / 11
        line = [(x, top + 28 * math.sin(x / (70 + 9 * band) + band)) for x in range(0, width + 8, 8)]
        pen.polygon([*line, (width, height), (0, height)], fill=(30 - band * 2, 150 - band * 13, 210 - band * 14))


def _sunrise(image, pen):
    width, height = SIZE
    for y in range(height):
        part = y / height
        pen.line((0, y, width, y), fill=(int(70 + 185 * part), int(60 + 120 * part), int(130 - 30 * part)))
    pen.ellipse((width / 2 - 150, 330, width / 2 + 150, 630), fill=(255, 226, 138))
    pen.polygon([(0, 620), (260, 470), (520, 640), (820, 440), (1200, 660), (1200, 800), (0, 800)], fill=(52, 38, 74))


def _mosaic(image, pen):
    step = 100
    for row in range(SIZE[1] // step):
        for column in range(SIZE[0] // step):
            x, y = column * step, row * step
            shade = (row * 5 + column * 3) % 8
            pen.rectangle(
                (x, y, x + step - 6, y + step - 6), fill=(60 + 22 * shade, 190 - 14 * shade, 140 + 9 * (shade % 4))
            )
