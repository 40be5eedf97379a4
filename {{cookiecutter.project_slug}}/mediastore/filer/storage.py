"""The storages that filer gets: it binds them at import, and these look their alias up at every use."""

from django.utils.functional import LazyObject

import mediastore


class ByAlias(LazyObject):
    """What `STORAGES` calls `alias` now, so that `override_settings(STORAGES=…)` holds for filer too."""

    def __init__(self, alias):
        self.__dict__["_alias"] = alias

    @property
    def _wrapped(self):
        return mediastore.get_storage(self.__dict__["_alias"])
