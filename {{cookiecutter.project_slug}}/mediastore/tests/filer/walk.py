"""Random sequences of changes to filer's rows, each in a process of its own, half of which are killed at a random moment.

`python -m mediastore.tests.filer.walk SEQUENCES SEED` needs a database and storages that are set up. After each sequence it
looks whether every row has readable bytes, runs `media repair`, and looks whether all is well. It prints a JSON object.
"""

import io
import json
import logging
import os
import random
import signal
import sys
from collections import Counter

import django

from mediastore.tests.filer.races import SIZE, clean, local, picture, query, watch_storages


class RollbackError(Exception):
    """Ends a transaction."""


class Walk:
    """One sequence, made of what `choose` (a random.Random) says."""

    def __init__(self, choose):
        self.choose, self.held = choose, []

    def run(self, depth=0):
        for _ in range(self.choose.randint(2, 5)):
            names = [name for name in dir(self) if name.startswith("do_")]
            if depth < 2 and self.choose.random() < 0.3:
                self.transaction(depth)
            else:
                self.one(self.choose.choice(names))

    def one(self, name):
        from django.db import DatabaseError, transaction

        try:
            with transaction.atomic() if transaction.get_connection().in_atomic_block else _Nothing():
                getattr(self, name)()
        except (DatabaseError, FileNotFoundError, ValueError):  # of a row that is gone
            pass
        except Exception as error:
            if type(error).__name__ not in ("DoesNotExist", "InvalidImageFormatError", "RefusedPictureError"):
                raise

    def transaction(self, depth):
        from django.db import connection, transaction
        from filer.models import File

        try:
            with transaction.atomic():
                self.run(depth + 1)
                if self.choose.random() < 0.4:
                    raise RollbackError
        except RollbackError:
            if connection.vendor == "sqlite":  # gives the primary key of a row that was rolled back to the next row
                self.held = [file for file in self.held if File.objects.filter(pk=file.pk).exists()]

    def file(self):
        """An instance: one that is held, and may be stale, or one that is read now."""
        from filer.models import File

        if self.held and self.choose.random() < 0.6:
            return self.choose.choice(self.held)
        if not File.objects.exists():
            self.do_create()
        file = self.choose.choice(list(File.objects.all()))
        self.held.append(file)
        return file

    def upload(self):
        from django.core.files.base import ContentFile

        return ContentFile(picture(tuple(self.choose.randrange(256) for _ in range(3))), "new.jpg")

    def do_create(self):
        from filer.models import File, Image

        model = self.choose.choice([File, Image])
        public = self.choose.random() < 0.5
        self.held.append(model.objects.create(original_filename="cat.jpg", file=self.upload(), is_public=public))

    def do_flip(self):
        file = self.file()
        file.is_public = not file.is_public
        file.save()

    def do_flip_alone(self):
        file = self.file()
        file.is_public = not file.is_public
        file.save(update_fields=["is_public"])

    def do_replace(self):
        file = self.file()
        file.file = self.upload()
        file.save()

    def do_replace_and_flip(self):
        file = self.file()
        file.is_public, file.file = not file.is_public, self.upload()
        file.save()

    def do_store(self):
        file, upload = self.file(), self.upload()
        file.file.save("stored.jpg", upload, save=False)
        file.file_data_changed()
        if self.choose.random() < 0.8:
            file.save()

    def do_copy(self):
        file = type(self.file()).objects.get(pk=self.file().pk)
        file.pk = file.id = None
        if self.choose.random() < 0.3:
            file.is_public = not file.is_public
        file.save()
        self.held.append(file)

    def do_delete(self):
        self.file().delete()

    def do_empty(self):
        self.file().file.delete(save=self.choose.random() < 0.7)

    def do_describe(self):
        file = self.file()
        file.description = "Somebody's"
        file.save()

    def do_refresh(self):
        self.file().refresh_from_db()

    def do_update(self):
        from filer.models import File

        File.objects.filter(pk=self.file().pk).update(is_public=self.choose.random() < 0.5)

    def do_thumbnail(self):
        file = self.file()
        if file.file:
            file.file.get_thumbnail(SIZE)


class _Nothing:
    def __enter__(self):
        pass

    def __exit__(self, *error):
        pass


def child(seed):
    """The sequence `seed`; it may kill itself before one of its queries and requests."""
    from django.db import connection

    choose = random.Random(seed)
    if choose.random() < 0.5:
        left = iter(range(choose.randint(1, 150), -1, -1))
        local.gate = lambda: next(left) or os.kill(os.getpid(), signal.SIGKILL)
    walk = Walk(choose)
    with connection.execute_wrapper(query):
        walk.do_create()
        walk.run()


def leaks():
    """Public objects that no row names and that have the bytes of a private row's file, and of no public one's."""
    from django.core.files.storage import storages
    from filer.models import File

    from mediastore.tests.filer.state import ALIASES, objects

    def content(public, name):
        with storages[ALIASES[public]].open(name) as file:
            return file.read()

    rows = list(File.objects.non_polymorphic().exclude(file="").exclude(file=None))
    contents = {
        public: {content(public, row.file.name) for row in rows if row.is_public == public} for public in ALIASES
    }
    named = {row.file.name for row in rows}
    for public, name in objects():
        if public and name.startswith("filer_public/") and name not in named:
            if content(True, name) in contents[False] - contents[True]:
                yield f"the bytes of a private file in the public storage: {name}"


def repaired():
    """What `media repair` leaves to a person, after one that has done all the rest."""
    from mediastore.operations import repair

    list(repair.run())
    return [step for step in repair.run() if step.outcome != "done"]


def sequence(seed, results):
    from django.db import connection
    from filer.models import File

    from mediastore.tests.filer.state import faults

    connection.close()
    pid = os.fork()
    if pid == 0:
        try:
            child(seed)
            os._exit(0)
        except BaseException as error:
            print(f"{seed}: {error!r}", file=sys.stderr)
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    results["killed" if os.WIFSIGNALED(status) else "ended"] += 1
    found = [fault for fault in faults(settled=False) if "without bytes" in fault]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        found.append("the sequence failed")
    results["unsettled"] += sum("not settled" in fault for fault in faults())
    left = repaired()
    results["strays"] += len(left)
    found += [
        fault
        for fault in faults(recorded=False)
        if not any(fault.rpartition(": ")[2] in step.what for step in left) and "another file's hash" not in fault
    ]
    found += [f"not repaired: {step}" for step in left if step.outcome != "left"]
    found += leaks()
    File.objects.non_polymorphic().delete()
    clean()
    return [f"seed {seed}: {fault}" for fault in found]


def main(sequences, seed):
    django.setup()
    from easy_thumbnails.models import Source

    from mediastore.operations import grace

    grace.SECONDS = 0
    logging.disable(logging.CRITICAL)
    watch_storages()
    clean()
    results, found = Counter(), []
    for number in range(sequences):
        found += sequence(seed + number, results)
        Source.objects.all().delete()
    print(json.dumps({"sequences": sequences, **results, "faults": found}))


if __name__ == "__main__":
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, write_through=True)
    main(int(sys.argv[1]), int(sys.argv[2]))
