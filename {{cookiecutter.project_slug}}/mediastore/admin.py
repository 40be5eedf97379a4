"""Registers filer's admin anew, with classes that show only what may be read. Django imports this by itself."""

from django.contrib import admin
from filer.admin import Image  # what FILER_IMAGE_MODEL names; importing it registers filer's own classes
from filer.models import Clipboard, File, Folder

from mediastore.filer.admin import ClipboardAdmin, FileAdmin, FolderAdmin, ImageAdmin

CLASSES = {File: FileAdmin, Image: ImageAdmin, Folder: FolderAdmin, Clipboard: ClipboardAdmin}

for model, model_admin in CLASSES.items():
    if admin.site.is_registered(model):  # not where a site has taken it out
        admin.site.unregister(model)
        admin.site.register(model, model_admin)
