"""The app: it registers the system checks."""

from django.apps import AppConfig, apps


class MediastoreConfig(AppConfig):
    name = "mediastore"
    verbose_name = "Media storage"

    def ready(self):
        from mediastore import checks, cleanup  # noqa: F401  (registers)

        cleanup.connect()
        if apps.is_installed("filer"):
            from mediastore.filer import pictures, setup

            setup.connect()
            pictures.connect()
