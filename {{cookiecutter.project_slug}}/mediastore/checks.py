"""System checks: they find settings that have no effect, and settings that lose or leak files."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.core.files.storage import FileSystemStorage, storages
from django.db.models import FileField

from mediastore.backends.located import located
from mediastore.backends.missing import MissingStorage

AppConfigs: TypeAlias = Sequence[AppConfig] | None
Messages: TypeAlias = list[checks.CheckMessage]

DEAD = {
    "DEFAULT_FILE_STORAGE": "removed in Django 5.1",
    "STATICFILES_STORAGE": "removed in Django 5.1",
    "THUMBNAIL_DEFAULT_STORAGE": "not read by easy-thumbnails 2.10",
}


@checks.register(checks.Tags.files)
def dead_settings(app_configs: AppConfigs, **kwargs: Any) -> Messages:
    """E001: a setting that old tutorials name, and that no package reads any more."""
    return [
        checks.Error(
            f"The setting {name} has no effect ({why}).",
            hint=f"Delete {name}; storages are named in STORAGES and chosen by DEFAULT_STORAGE_DSN.",
            id="mediastore.E001",
        )
        for name, why in DEAD.items()
        if hasattr(settings, name)
    ]


@checks.register(checks.Tags.files)
def hard_coded_disk(app_configs: AppConfigs, **kwargs: Any) -> Messages:
    """E002: a field of any app stores its files on the local disk, while media lies elsewhere."""
    if isinstance(storages["default"], FileSystemStorage):
        return []
    return [
        checks.Error(
            f"{model._meta.label}.{field.name} stores its files on the local disk, which is not kept.",
            hint="Give the field no storage=, or a callable that returns mediastore.get_storage(…).",
            obj=field,
            id="mediastore.E002",
        )
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, FileField) and isinstance(getattr(field, "storage", None), FileSystemStorage)
    ]


@checks.register(checks.Tags.files)
def thumbnails_elsewhere(app_configs: AppConfigs, **kwargs: Any) -> Messages:
    """E003: thumbnails in another bucket than media."""
    media, thumbnails = located(storages["default"]), located(storages["easy_thumbnails"])
    if media.same_bucket(thumbnails) or media.lies_in is thumbnails.lies_in is None:
        return []
    return [
        checks.Error(
            f"Thumbnails (STORAGES['easy_thumbnails']) lie in {thumbnails.where!r}, and media (STORAGES['default']) in "
            f"{media.where!r}.",
            hint="Take STORAGES from mediastore.configure, unchanged.",
            id="mediastore.E003",
        )
    ]


@checks.register(checks.Tags.files)
def private_in_public_bucket(app_configs: AppConfigs, **kwargs: Any) -> Messages:
    """W001: private files share a bucket with public ones."""
    public, private = located(storages["default"]), located(storages["private"])
    if not public.same_bucket(private):
        return []
    return [
        checks.Warning(
            f"Private files lie in the public bucket {public.where!r}; a restore or a copy can make all of them public.",
            hint=(
                "First make a bucket for them, and copy into it what lies below "
                f"{private.where}/{private.key_prefix}. Then set PRIVATE_STORAGE_DSN to it. Then run `manage.py media "
                "setup`, and `manage.py media audit --fix`, which moves what was left behind."
            ),
            id="mediastore.W001",
        )
    ]


@checks.register(checks.Tags.files)
def private_nowhere(app_configs: AppConfigs, **kwargs: Any) -> Messages:
    """W003: the site must set PRIVATE_STORAGE_DSN, and has not."""
    private = storages["private"]
    if not isinstance(private, MissingStorage):
        return []
    return [
        checks.Warning(
            f"Private files have no place: {private.reason}.",
            hint="Set PRIVATE_STORAGE_DSN to a bucket or folder of their own, before the first private file is saved.",
            id="mediastore.W003",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def mail_to_nobody(app_configs: AppConfigs, **kwargs: Any) -> Messages:
    """W010: no mail server is set, with `check --deploy`."""
    if getattr(settings, "EMAIL_IS_SET", True):
        return []
    return [
        checks.Warning(
            "EMAIL_URL is not set, so the site cannot send mail, such as a link to reset a password.",
            hint="Set EMAIL_URL to smtp+tls://USER:PASSWORD@HOST:587, or to dummymail:// for a site that sends none.",
            id="mediastore.W010",
        )
    ]


@checks.register(checks.Tags.files, deploy=True)
def disk_in_production(app_configs: AppConfigs, **kwargs: Any) -> Messages:
    """W002: media on the local disk, with `check --deploy`."""
    return [
        checks.Warning(
            f"Media of {alias!r} lies on the local disk: other instances do not see it, and a deployment loses it.",
            hint=f"Set {variable} to an s3:// DSN.",
            id="mediastore.W002",
        )
        for alias, variable in (("default", "DEFAULT_STORAGE_DSN"), ("private", "PRIVATE_STORAGE_DSN"))
        if isinstance(storages[alias], FileSystemStorage)
    ]
