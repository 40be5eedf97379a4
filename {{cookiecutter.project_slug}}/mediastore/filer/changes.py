"""Follows the rows of filer's files: what a row names no longer is deleted when the transaction is committed.

filer moves and deletes at once, so that a rollback leaves rows without files, and forgets the files of what is replaced
or deleted by a queryset or with its folder. Here signals look at what the row said before and says now. A private file
that becomes public is copied on commit, so that nothing is public that a rollback may take back; a public one that
becomes private is copied at once, so that no crash after the commit can leave its row without a file.
"""

import threading
import weakref
from functools import partial

from django.apps import apps
from django.db.models import signals
from easy_thumbnails.signals import thumbnail_created
from filer.models import File
from filer.utils.filer_easy_thumbnails import thumbnail_to_original_filename

from mediastore.filer.commit import on_commit
from mediastore.filer.places import MAX_LENGTH, Place, stored_row

# What is kept on an instance, each a Place where nothing else is said:
#   _loaded       what its row said when it was read, or when it was last committed; _saved: when it was last saved
#   _before       what the row says while it is being saved
#   _stored       where it has stored a file itself, until that is committed; _is_new: true until it is saved
#   _arrived      where its file was copied to when it was made private
#   _left         a set of what is to be cleared on commit, beside the place that the row left
#   _publication  what has yet to be published
_thread = threading.local()  # as connections, and what they do on commit, are one thread's


def _waiting():
    """The publications that this thread has yet to make, and some that it has made."""
    if not hasattr(_thread, "publications"):
        _thread.publications = weakref.WeakSet()
    return _thread.publications


class Publication:
    """A private file that a row calls public: it is copied to the public storage on commit.

    Until then it is read where it is, and gets no public thumbnails.
    """

    def __init__(self, pk, origin, place):
        self.pk, self.origin, self.place = pk, origin, place
        self.done = self.published = False
        self.hooked, self.hooks = False, weakref.WeakSet()  # what will be called on commit, as long as that may happen
        _waiting().add(self)

    @property
    def waits(self):
        return not self.done and len(self.hooks) > 0

    def __reduce__(self):
        return type(None), ()  # a copy from a cache does not know when it is done

    def __call__(self, using):
        rows = self.place.rows(using)
        if not self.place.is_permanent:  # else all that name it mean this file
            rows = rows.filter(pk=self.pk)
        if self.done or not rows.exists():  # the row has changed again
            self.done = True
            return
        try:
            name = self._copy()
        except Exception:
            rows.update(file=self.origin.name, is_public=False)
            raise
        finally:
            self.done = True
        self.published = True
        if name != self.place.name:
            rows.update(file=name)
        self.place.delete_thumbnails(using)

    def _copy(self):
        try:
            return self.origin.copy(self.place.storage, self.place.name)
        except FileNotFoundError:
            if not self.place.storage.exists(self.place.name):  # else another process has published it
                raise
            return self.place.name


class Change:
    """What is left to do after a row was saved or deleted: publish its file, and clear the places that it left."""

    def __init__(self, left, publication=None, using=None):
        self.left, self.publication, self.using = left, publication, using

    def __call__(self):
        left = set(self.left)
        if self.publication:
            self.publication(self.using)
            if not self.publication.published:  # whoever has changed the row since needs it
                left.discard(self.publication.origin)
        for place in left:
            if not any(other.origin == place and other.waits for other in _waiting()):
                place.clear(self.using)


def publication(instance, place):
    """What has yet to happen until the file of `instance` is at the public `place`; None where nothing has."""
    own = instance.__dict__.get("_publication")
    for found in (own, *_waiting()):
        if not found or found.place != place or not (found.pk == instance.pk or place.is_permanent):
            continue
        if found.waits or found is own and not own.done:
            return found
    return None


def forget_publication(instance, row):
    """A publication that was rolled back may be made again, as long as the row says what it said then."""
    own = instance.__dict__.get("_publication")
    if own and own.hooked and not own.waits and not (row and row.place == own.origin):
        instance._publication = None


def whereabouts(instance, row):
    """Where the file lies that `instance` names, or has yet to be published from; None where it has none.

    What this instance has stored itself it knows. A file that is the same since it was loaded lies where the row says,
    since another instance may have moved it. A name that was assigned may lie in either storage.
    """
    place = Place.of(instance)
    if place is None:
        return None
    if waiting := publication(instance, Place(True, place.name)):
        return waiting.origin
    stored, loaded = instance.__dict__.get("_stored"), instance.__dict__.get("_loaded")
    if stored and stored.name == place.name:
        return stored
    if loaded and loaded.name == place.name:
        found = row.place if row else loaded
    elif row and row.place.name == place.name:
        found = row.place
    else:
        other = Place(not place.is_public, place.name)
        found = place if place.storage.exists(place.name) or not other.storage.exists(other.name) else other
    waiting = publication(instance, found)
    return waiting.origin if waiting else found


def arrive(instance, storage, wanted):
    """Bring the committed file of `instance` to `storage`, which its `is_public` asks for.

    It is copied now, or on commit where it becomes public. Gives its name there.
    """
    row = stored_row(instance.pk, instance._state.db)
    forget_publication(instance, row)
    origin = whereabouts(instance, row)
    if origin is None or not origin.name:
        return ""
    instance._arrived = None
    if row and row.place == origin != instance.__dict__.get("_loaded"):
        adopt(instance, row)
    if origin.is_public == instance.is_public:
        return origin.name
    if origin == instance.__dict__.get("_stored"):
        leave(instance, origin)  # no row names it, so nothing else would clear it
    name = origin.twin() or wanted
    if instance.is_public:
        name = storage.get_available_name(name, max_length=MAX_LENGTH)
        instance._publication = Publication(instance.pk, origin, Place(True, name))
        return name
    name = origin.copy(storage, name)
    instance._arrived = Place(False, name)
    return name


def keep(instance, place):
    """Remember that `instance` has stored a new file at `place`; what was to be published there is not."""
    instance._stored, instance._is_new = place, True
    if replaced := publication(instance, place):
        replaced.done = True
        leave(instance, replaced.origin)


def leave(instance, place):
    """Clear `place` when `instance` is saved and its transaction committed."""
    instance.__dict__.setdefault("_left", set()).add(place)


def follow(instance, row):
    """Let `instance` name what the row names."""
    instance.__dict__["file"] = row.place.name
    instance.is_public = instance._old_is_public = row.place.is_public
    adopt(instance, row)


def adopt(instance, row):
    """Take over what belongs to the file that another instance has stored."""
    for field, value in row.with_the_file.items():
        setattr(instance, field, value)


def loaded(sender, instance, **kwargs):
    instance._loaded = Place.now(instance)


def before_save(sender, instance, raw=False, using=None, update_fields=None, **kwargs):
    """Remember what the row says. Where another instance has moved the file since, this one follows.

    What filer does not see is moved too: it compares with `is_public` as it was first loaded, and of new rows not at all.
    """
    instance._before = None
    if raw or "file" not in instance.__dict__ or _leaves_alone(update_fields):
        return
    instance.file  # noqa: B018  (lets a file that `refresh_from_db` has read be handed over)
    row = stored_row(instance.pk, using) if instance.pk else None
    forget_publication(instance, row)
    instance._before = row.place if row and row.place.name else None
    if instance._before and update_fields is not None and "file" not in update_fields and not instance.file:
        instance.__dict__["file"] = instance._before.name  # the row keeps it
    place, now = Place.of(instance), Place.now(instance)
    stored, *known = (instance.__dict__.get(name) for name in ("_stored", "_loaded", "_saved"))
    if row and row.place not in known and now in known and now is not None and not instance.__dict__.get("_is_new"):
        follow(instance, row)
        return
    if row and known[0] and now is None and instance.is_public == known[0].is_public:  # a new file; who sees it stays
        instance.is_public = instance._old_is_public = row.place.is_public
    lies = next(
        (lies for lies in (stored, instance._before, *known) if lies and place and lies.name == place.name), place
    )
    if lies != place and not publication(instance, place):
        wanted = instance._meta.get_field("file").generate_filename(instance, instance.original_filename or place.name)
        instance.__dict__["file"] = arrive(instance, place.storage, wanted)
        place = Place.of(instance)
    if not row or not place or place in (row.place, stored, instance.__dict__.get("_arrived")):
        return
    if not publication(instance, place) and not place.storage.exists(place.name):
        follow(instance, row)  # what it says was rolled back, or is gone


def after_save(sender, instance, raw=False, using=None, update_fields=None, **kwargs):
    before, now = instance.__dict__.pop("_before", None), Place.now(instance)
    if raw or now is None or _leaves_alone(update_fields):
        return
    instance._old_is_public, instance._saved, instance._is_new = instance.is_public, now, False
    pending = instance.__dict__.get("_publication")
    if pending and pending.pk is None:
        pending.pk = instance.pk
    left = set(instance.__dict__.get("_left", ()))
    if now != instance.__dict__.get("_loaded"):
        committed = partial(_committed, weakref.ref(instance), now, instance.__dict__.get("_stored"))
        on_commit(committed, "what a row says", using)
    waiting = publication(instance, now)
    if before and before != now:
        if update_fields is not None and now.name and not {"file", "is_public"} <= set(update_fields):
            rows = File.objects.using(using).non_polymorphic().filter(pk=instance.pk)
            rows.update(file=now.name, is_public=now.is_public)
        left.add(before)
        if replaced := publication(instance, before):
            left.add(replaced.origin)
        if not now.is_public and now.is_permanent and now.twin():  # what was rolled back may have left it
            left.add(Place(True, now.twin()))
    if waiting or left:
        on_commit(Change(left, waiting, using), (now.name or left), using)


def _leaves_alone(update_fields):
    """Whether a save writes neither the file nor its visibility."""
    return update_fields is not None and not {"file", "is_public"} & set(update_fields)


def _committed(saved, now, stored):
    """What is known when a row is committed, as long as its instance is there."""
    if (instance := saved()) is not None:
        instance._loaded = now
        instance.__dict__.pop("_left", None)
        if instance.__dict__.get("_stored") == stored:
            instance._stored = None


def before_delete(sender, instance, using=None, **kwargs):
    row = stored_row(instance.pk, using)
    if row and row.place.name:
        waiting = publication(instance, row.place)
        left = {row.place, waiting.origin} if waiting else {row.place}
        on_commit(Change(left, using=using), row.place.name, using)


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
    for model in apps.get_models(include_auto_created=True):
        if issubclass(model, File):
            signals.post_init.connect(loaded, sender=model)
            signals.pre_save.connect(before_save, sender=model)
            signals.post_save.connect(after_save, sender=model)
            if model._meta.concrete_model is File:  # filer's own, and its proxies
                signals.pre_delete.connect(before_delete, sender=model)
    thumbnail_created.connect(after_thumbnail)
