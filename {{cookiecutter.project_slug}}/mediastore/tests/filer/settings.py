"""What django-filer needs in the settings of the layer's tests."""

from mediastore.filer.conf import FILER_SERVERS, FILER_STORAGES


def extend(settings: dict) -> None:
    """Add filer to `settings`."""
    settings["INSTALLED_APPS"] += ["filer", "polymorphic"]
    settings["THUMBNAIL_PROCESSORS"] = tuple(
        "filer.thumbnail_processors.scale_and_crop_with_subject_location" if name.endswith(".scale_and_crop") else name
        for name in settings["THUMBNAIL_PROCESSORS"]
    )
    settings.update(
        ROOT_URLCONF="mediastore.tests.filer.urls",
        PRIVATE_MEDIA_PERMISSION="mediastore.filer.permissions.staff_or_filer",
        FILER_STORAGES=FILER_STORAGES,
        FILER_SERVERS=FILER_SERVERS,
        FILER_ENABLE_PERMISSIONS=True,
        FILER_ADD_FILE_VALIDATORS={
            f"image/{kind}": ["mediastore.filer.pictures.validate"] for kind in ("jpeg", "png", "gif", "webp", "avif")
        },
    )
