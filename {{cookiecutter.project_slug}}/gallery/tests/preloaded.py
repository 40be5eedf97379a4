"""The application as `gunicorn --preload` may have it: it has used its storages before the workers are forked."""

from django.core.files.storage import storages

from config.wsgi import application

storages["default"].exists("before/the/fork.txt")
assert application
