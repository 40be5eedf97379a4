"""Connects all of this to filer; called once, when the apps are ready."""

from filer.models import File

from mediastore.filer import exif, payloads, repair, saving, thumbnails
from mediastore.filer.conf import PRIVATE_PREFIX
from mediastore.filer.fieldfile import FilerFieldFile
from mediastore.filer.places import PREFIXES
from mediastore.operations import belonging, findings
from mediastore.operations import repair as operation


def connect():
    """Make ours the class of what `File.file` gives (`attr_class` is Django's place for that), and follow the signals."""
    field = File._meta.get_field("file")
    field.attr_class = FilerFieldFile
    belonging.PRIVATE.add(f"{PRIVATE_PREFIX}/")
    belonging.TWINS.add((PREFIXES[True], PREFIXES[False]))
    belonging.THUMBNAILS.add(f"{field.thumbnail_options['public']['base_dir']}/")
    belonging.NAMED.add(PREFIXES[True])
    findings.CHECKS.add(repair.findings)
    operation.STEPS.add(repair.steps)
    saving.connect()
    thumbnails.connect()
    exif.connect()
    payloads.connect()
