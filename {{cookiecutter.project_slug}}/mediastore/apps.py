"""The app: it registers the system checks, and connects what the layer has for other apps."""

from importlib import import_module

from django.apps import AppConfig, apps


class MediastoreConfig(AppConfig):
    name = "mediastore"
    verbose_name = "Media storage"

    def ready(self):
        from mediastore import checks, cleanup  # noqa: F401  (registers)

        cleanup.connect()
        for app in ("filer",):  # each has a package of its name here
            if apps.is_installed(app):
                import_module(f"mediastore.{app}.setup").connect()
