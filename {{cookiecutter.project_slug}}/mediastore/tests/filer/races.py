"""Two threads, each with a connection of its own, change one row of filer's at the same moment.

`python -m mediastore.tests.filer.races ROUNDS STRIDE [RACE …]` needs a database and storages that are set up. In ROUNDS
rounds of each race both threads run freely. Then come rounds in which one of them stops before one of its queries and requests
until the other is done or waits for a lock: before the first, and before each STRIDE-th that follows.

It prints a JSON object: for each race how many rounds there were, what went wrong, and which errors the two got.
"""

import io
import itertools
import json
import logging
import random
import sys
import threading
from collections import Counter

import django

SIZE = {"size": (20, 20), "crop": True}
PAUSE = 0.15  # seconds after which the other thread is believed to wait for a lock
RACES = {  # name: (the row is public at first, one, other)
    "public-back": (False, "public", "public_and_back"),
    "private-back": (True, "private", "private_and_back"),
    "public-replace": (False, "public", "replace"),
    "public-delete": (False, "public", "delete"),
    "private-replace": (True, "private", "replace"),
    "private-delete": (True, "private", "delete"),
    "replace-replace": (True, "replace", "replace"),
    "replace-delete": (True, "replace", "delete"),
    "describe-private": (True, "describe", "private"),
    "describe-replace": (False, "describe", "replace"),
    "describe-delete": (True, "describe", "delete"),
    "thumbnail-private": (True, "thumbnail", "private"),
    "thumbnail-public": (False, "thumbnail", "public"),
    "thumbnail-delete": (True, "thumbnail", "delete"),
    "shared-public-back": (False, "public", "public_and_back"),  # of two rows that name one file
    "shared-private-back": (True, "private", "private_and_back"),
    "icon-private": (True, "icon", "private"),
    "icon-replace": (True, "icon", "replace"),
}
EXPECTED = ("DoesNotExist", "FileNotFoundError", "DatabaseError", "InvalidImageFormatError")
local = threading.local()


def picture(color):
    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", (40, 40), color).save(stream, "JPEG")
    return stream.getvalue()


class Act:
    """What one of the two does with the row that both have read."""

    def public(self, file):
        file.is_public = True
        file.save()

    def private(self, file):
        file.is_public = False
        file.save()

    def public_and_back(self, file):
        self.public(file)
        self.private(file)

    def private_and_back(self, file):
        self.private(file)
        self.public(file)

    def replace(self, file):
        from django.core.files.base import ContentFile

        file.file = ContentFile(picture(random.choice(["red", "green", "blue"])), "new.jpg")
        file.save()

    def delete(self, file):
        file.delete()

    def describe(self, file):
        file.description = "Somebody's cat"
        file.save()

    def thumbnail(self, file):
        file.file.get_thumbnail(SIZE)

    def icon(self, file):
        file.easy_thumbnails_thumbnailer.get_thumbnail(SIZE)


def step(*args):
    """Called before each query and each request of a thread: one that has a gate stops there at its turn."""
    gate = getattr(local, "gate", None)
    if gate:
        gate()


def query(execute, *args):
    step()
    return execute(*args)


class Gate:
    """Stops its thread before its step `at`, until the other is done, or waits longer than `PAUSE`."""

    def __init__(self, at, reached, other_is_done):
        self.at, self.count, self.reached, self.other_is_done = at, 0, reached, other_is_done

    def __call__(self):
        self.count += 1
        if self.count == self.at:
            self.reached.set()
            self.other_is_done.wait(PAUSE)


def watch_storages():
    """Let requests of all storages be steps."""
    from django.core.files.storage import storages

    for kind in {type(storages[alias]) for alias in ("default", "private", "easy_thumbnails", "private_thumbnails")}:
        for name in ("open", "save", "delete"):
            setattr(kind, name, stepping(getattr(kind, name)))


def stepping(method):
    def stopped(self, *args, **kwargs):
        step()
        return method(self, *args, **kwargs)

    return stopped


def perform(model, pk, name, atomic, errors, gate=None, ready=None):
    """One thread's part. It reads the row, waits until the other has read it, and acts."""
    from contextlib import nullcontext

    from django.db import connection, transaction

    try:
        file = model.objects.get(pk=pk)
        ready()
        local.gate = gate
        with connection.execute_wrapper(query), transaction.atomic() if atomic else nullcontext():
            getattr(Act(), name)(file)
    except Exception as error:
        errors.append(type(error).__name__ if type(error).__name__ in EXPECTED else repr(error))
    finally:
        local.gate = None
        connection.close()


def round_of(model, race, atomic, at=None, swapped=False):
    """Both act once, the first stopping at its step `at`. Gives errors, and whether there was such a step."""
    from django.core.files.base import ContentFile

    public, *acts = RACES[race]
    row = model.objects.create(
        original_filename="cat.jpg", file=ContentFile(picture("gray"), "cat.jpg"), is_public=public
    )
    pks = [row.pk, row.pk]
    if race.startswith("shared"):
        pks[1] = model.objects.create(original_filename="cat.jpg", file=row.file.name, is_public=public).pk
    if swapped:
        acts.reverse()
    errors, both = [], threading.Barrier(2)
    reached, done = threading.Event(), threading.Event()
    gate = at and Gate(at, reached, done)

    def first():
        try:
            perform(model, pks[0], acts[0], atomic, errors, gate, both.wait)
        finally:
            reached.set()

    def second():
        def ready():
            both.wait()
            if gate:
                reached.wait()

        try:
            perform(model, pks[1], acts[1], atomic, errors, None, ready)
        finally:
            done.set()

    threads = [threading.Thread(target=act) for act in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors, gate and gate.count >= at


def race(model, name, atomic, rounds, stride):
    """Run one race, and look after each round whether all is well."""
    from easy_thumbnails.models import Source
    from filer.models import File

    from mediastore.tests.filer.state import faults

    result = {"random": 0, "steps": 0, "faults": [], "errors": Counter()}

    def once(kind, **how):
        errors, more = round_of(model, name, atomic, **how)
        result[kind] += 1
        result["errors"].update(errors)
        result["faults"] += [f"{kind} {how}: {fault}" for fault in faults()]
        result["faults"] += [f"{kind} {how}: {error}" for error in errors if error not in EXPECTED]
        File.objects.non_polymorphic().delete()
        Source.objects.all().delete()
        clean()
        return more

    for _ in range(rounds):
        once("random")
    for swapped in (False, True):
        at = 1
        while once("steps", at=at, swapped=swapped):
            at += stride
    return result


def clean():
    from django.core.files.storage import storages

    from mediastore.tests.filer.state import ALIASES, objects

    for public, name in objects():
        storages[ALIASES[public]].delete(name)


def main(rounds, stride, names):
    django.setup()
    from django.db import connection
    from filer.models import File, Image

    logging.disable(logging.WARNING)
    errors = []

    class Handler(logging.Handler):
        def emit(self, record):
            errors.append(self.format(record).splitlines()[-1])

    logging.getLogger("mediastore").addHandler(Handler())
    logging.getLogger("mediastore").propagate = False
    clean()
    watch_storages()
    results = {"database": connection.vendor}
    for name, model, atomic in itertools.product(names or RACES, (Image, File), (False, True)):
        if model is File and name.startswith(("thumbnail", "icon")):
            continue
        label = f"{name} {model.__name__} {'atomic' if atomic else 'autocommit'}"
        results[label] = race(model, name, atomic, rounds, stride) | {"logged": errors[:]}
        errors.clear()
    print(json.dumps(results))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
