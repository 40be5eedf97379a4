"""The models of the tests in Django's admin."""

from django.contrib import admin

from mediastore.tests.models import Document, Picture

admin.site.register([Document, Picture])
