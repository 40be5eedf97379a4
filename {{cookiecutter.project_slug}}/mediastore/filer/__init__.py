"""django-filer on our storages: its settings, its permissions for private files, and files bound to where they lie."""
