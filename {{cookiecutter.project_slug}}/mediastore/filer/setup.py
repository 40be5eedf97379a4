"""Connects all of this to filer; called once, when the apps are ready."""

from django.apps import apps
from filer.models import File

from mediastore import folders
from mediastore.filer import exif, payloads, pictures, repair, saving, thumbnails
from mediastore.filer.fieldfile import FilerFieldFile
from mediastore.filer.places import PREFIXES
from mediastore.operations import findings
from mediastore.operations import repair as operation


def connect():
    """Make ours the class of what `File.file` gives (`attr_class` is Django's place for that), and follow the signals."""
    field = File._meta.get_field("file")
    field.attr_class = FilerFieldFile
    small = field.thumbnail_options["public"].get("base_dir", "")
    folders.register(folders.Folders(PREFIXES[True], PREFIXES[False], f"{small}/" if small else ""))
    findings.register(repair.findings)
    operation.register(repair.steps)
    saving.connect()
    thumbnails.connect()
    exif.connect()
    payloads.connect()
    pictures.connect()
    if apps.is_installed("django.contrib.admin"):
        from mediastore.filer import admin

        admin.register()
