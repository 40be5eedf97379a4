"""Follows the rows of filer's files: what a row names no longer is deleted when the transaction is committed.

filer moves and deletes at once, so that a rollback leaves rows without files, and forgets the files of what is replaced
or deleted by a queryset or with its folder. Here signals look at what the row said before and says now. A private file
that becomes public is copied on commit, so that nothing is public that a rollback may take back; a public one that
becomes private is copied at once, so that no crash after the commit can leave its row without a file.
"""

import logging
import weakref
from dataclasses import dataclass

from django.apps import apps
from django.db import transaction
from django.db.models import signals
from easy_thumbnails.models import Source, Thumbnail
from easy_thumbnails.signals import thumbnail_created
from easy_thumbnails.utils import get_storage_hash
from filer.models import File
from filer.utils.filer_easy_thumbnails import thumbnail_to_original_filename

logger = logging.getLogger(__name__)
# What another instance may have changed with the file, beside its place.
WITH_THE_FILE = ("sha1", "_file_size", "mime_type")
MAX_LENGTH = 255  # of the column `file`


@dataclass(frozen=True)
class Place:
    """Where a file lies: in the public or in the private storage, and its name there."""

    is_public: bool
    name: str

    @classmethod
    def of(cls, instance):
        """The place that `instance` names; None where its file is missing, not loaded or not stored yet."""
        file = instance.__dict__.get("file")
        name = getattr(file, "name", file)
        stored = name and getattr(file, "_committed", isinstance(file, str))
        return cls(instance.is_public, name) if stored else None

    @property
    def visibility(self):
        return "public" if self.is_public else "private"

    @property
    def storage(self):
        return File._meta.get_field("file").storages[self.visibility]

    @property
    def thumbnail_storage(self):
        return File._meta.get_field("file").thumbnail_storages[self.visibility]

    def rows(self, using=None):
        """The rows that name this place."""
        return File.objects.using(using).non_polymorphic().filter(file=self.name, is_public=self.is_public)

    def delete_thumbnails(self, using=None):
        """Delete the thumbnails' rows now, and the thumbnails on commit. Returns how many there are."""
        storage = self.thumbnail_storage
        sources = Source.objects.filter(storage_hash=get_storage_hash(self.storage), name=self.name)
        rows = Thumbnail.objects.filter(source__in=sources, storage_hash=get_storage_hash(storage))
        names = list(rows.values_list("name", flat=True))
        rows.delete()
        if names:
            on_commit(lambda: [storage.delete(name) for name in names], f"the thumbnails of {self.name!r}", using)
        return len(names)

    def clear(self, using=None, but=None):
        """Delete the file and its thumbnails, unless a row names them, other than the one with the key `but`."""
        if self.rows(using).exclude(pk=but).exists():
            return
        self.storage.delete(self.name)
        self.delete_thumbnails(using)
        Source.objects.filter(storage_hash=get_storage_hash(self.storage), name=self.name).delete()


class Publication:
    """A private file that a row calls public: it is copied to the public storage on commit.

    Until then it is read where it is, and gets no public thumbnails.
    """

    def __init__(self, origin, place):
        self.origin, self.place, self.done = origin, place, False

    def __call__(self, using):
        rows = self.place.rows(using)
        if self.done or not rows.exists():  # the row has changed again
            return
        try:
            with self.origin.storage.open(self.origin.name) as file:
                name = self.place.storage.save(self.place.name, file, max_length=MAX_LENGTH)
        except Exception:
            rows.update(file=self.origin.name, is_public=False)
            raise
        self.done = True
        if name != self.place.name:
            rows.update(file=name)
        self.place.delete_thumbnails(using)


class Change:
    """What is left to do after the row with the key `pk` was saved or deleted: publish, and clear the places left."""

    def __init__(self, pk, left, publication=None, using=None):
        self.pk, self.left, self.publication, self.using = pk, left, publication, using

    def __call__(self):
        left = set(self.left)
        if self.publication:
            self.publication(self.using)
            left.add(self.publication.origin)
            if not self.publication.done and stored_place(self.pk, self.using):
                left.discard(self.publication.origin)  # whoever changed the row since needs it
        for place in left:
            place.clear(self.using)


def stored_place(pk, using=None):
    """The place that the row with the key `pk` names."""
    row = File.objects.using(using).non_polymorphic().filter(pk=pk).values("file", "is_public").first()
    return Place(row["is_public"], row["file"]) if row and row["file"] else None


def on_commit(act, what, using=None):
    """Call `act` when the transaction is committed; at once, and with its errors, where there is none.

    After a commit errors are logged: raised, they would keep the changes of other rows from being made.
    """
    if not transaction.get_connection(using).in_atomic_block:
        act()
        return

    def acting():
        try:
            act()
        except Exception:
            logger.exception("Files could not follow their rows (%s); see `manage.py media audit`.", what)

    acting.act = act
    transaction.on_commit(acting, using=using)


def publication(instance, place):
    """What has yet to happen until the file of `instance` is at the public `place`; None where nothing has."""
    hooks = transaction.get_connection(instance._state.db).run_on_commit
    waiting = [getattr(getattr(hook, "act", None), "publication", None) for _, hook, _ in hooks]
    for found in (instance.__dict__.get("_publication"), *waiting):
        if found and found.place == place and not found.done:
            return found
    return None


def loaded(sender, instance, **kwargs):
    instance._loaded = Place.of(instance)


def before_save(sender, instance, raw=False, using=None, **kwargs):
    """Remember what the row says. Where another instance has moved the file since, this one follows."""
    instance._before = None
    if raw or not instance.pk or "file" not in instance.__dict__:
        return
    fields = ("file", "is_public", *WITH_THE_FILE)
    row = File.objects.using(using).non_polymorphic().filter(pk=instance.pk).values(*fields).first()
    if not row or not row["file"]:
        return
    instance._before = Place(row["is_public"], row["file"])
    if instance._before != instance.__dict__.get("_loaded") == Place.of(instance):
        instance.__dict__["file"] = row["file"]
        instance.is_public = instance._old_is_public = row["is_public"]
        for field in WITH_THE_FILE:
            setattr(instance, field, row[field])


def after_save(sender, instance, raw=False, using=None, update_fields=None, **kwargs):
    before, now = instance.__dict__.pop("_before", None), Place.of(instance)
    if raw or now is None and instance.__dict__.get("file"):  # an upload that this save left out
        return
    if now != instance.__dict__.get("_loaded"):  # known on commit, and as long as the instance is there
        saved = weakref.ref(instance)
        on_commit(lambda: (found := saved()) and found.__dict__.update(_loaded=now), "what a row says", using)
    if before is None or before == now:
        return
    if update_fields is not None and now and not {"file", "is_public"} <= set(update_fields):
        File.objects.using(using).non_polymorphic().filter(pk=instance.pk).update(
            file=now.name, is_public=now.is_public
        )
    on_commit(Change(instance.pk, {before}, now and publication(instance, now), using), before.name, using)


def before_delete(sender, instance, using=None, **kwargs):
    if place := stored_place(instance.pk, using):
        on_commit(Change(instance.pk, {place}, using=using), place.name, using)


def after_thumbnail(sender, **kwargs):
    """Delete a public thumbnail whose source was made private, or deleted, while it was being made."""
    field = File._meta.get_field("file")
    folder = field.thumbnail_options["public"].get("base_dir", "") + "/"
    source = thumbnail_to_original_filename(sender.name.removeprefix(folder))
    if sender.storage != field.thumbnail_storages["public"] or not sender.name.startswith(folder) or not source:
        return
    place = Place(True, source)
    on_commit(lambda: place.rows().exists() or place.delete_thumbnails(), sender.name)


def connect():
    """Follow the rows of filer's model and of all that inherit from it. A deletion is that of its parent row too."""
    for model in apps.get_models():
        if issubclass(model, File):
            signals.post_init.connect(loaded, sender=model)
            signals.pre_save.connect(before_save, sender=model)
            signals.post_save.connect(after_save, sender=model)
    signals.pre_delete.connect(before_delete, sender=File)
    thumbnail_created.connect(after_thumbnail)
