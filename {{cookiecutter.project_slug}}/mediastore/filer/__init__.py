"""django-filer on this project's storages. The name says where a file lies, `is_public` says where it should.

A row whose two answers differ is *unsettled*. Its file is readable where it lies until `settling` moves it.

- `locations`: what a name says. `rows`: what the database says, and its locks.
- `saving`: what happens when an instance is saved, from Django's `signals` to the `commit`. It asks `merging` what the
  instance has changed, and `settling` to move and delete files.
- `fieldfile`, `storage`, `kept_files`: what `File.file` gives. `thumbnails`: they go when their file goes.
- `admin`, `permissions`, `server`, `uploads`, `pictures`, `exif`: what visitors and editors meet.
- `repair`, `orphans`, `payloads`: what operators call. `conf`: settings. `setup`: connects all of this to filer.

An instance of filer's models has two attributes of this package: `_known`, what it has read of its row (`merging.Known`),
and during a save `_saving` (`saving.Saving`).
"""
