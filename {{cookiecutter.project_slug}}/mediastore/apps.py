"""The app `mediastore`: registers the system checks, and connects the signal handlers."""

from importlib import import_module

from django.apps import AppConfig, apps


class MediastoreConfig(AppConfig):
    name = "mediastore"
    verbose_name = "Media storage"

    def ready(self) -> None:
        from mediastore import checks, cleanup  # noqa: F401  (registers)

        cleanup.connect()
        for app in ("filer",):  # mediastore has a package of its name, unless the project was made without it
            if apps.is_installed(app):
                import_module(f"mediastore.{app}.setup").connect()
