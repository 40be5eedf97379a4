"""Connects this package to filer. `mediastore.apps` calls it once, when the apps are ready."""

from django.apps import apps
from filer.models import File

from mediastore import folders
from mediastore.filer import exif, payloads, pictures, repair, signals, thumbnails
from mediastore.filer.fieldfile import FilerFieldFile
from mediastore.filer.locations import PREFIXES
from mediastore.operations import findings
from mediastore.operations import repair as operation


def connect() -> None:
    """Give filer's field our class of files (`attr_class` is Django's hook for that), and follow the signals."""
    field = File._meta.get_field("file")
    field.attr_class = FilerFieldFile
    base_dir = field.thumbnail_options["public"].get("base_dir", "")
    folders.register(folders.Folders(PREFIXES[True], PREFIXES[False], f"{base_dir}/" if base_dir else ""))
    findings.register(repair.findings)
    operation.register(repair.steps)
    signals.connect()
    thumbnails.connect()
    exif.connect()
    payloads.connect()
    pictures.connect()
    if apps.is_installed("django.contrib.admin"):
        from mediastore.filer import admin

        admin.register()
