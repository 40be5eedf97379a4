"""Pictures and documents in Django's admin."""

from django.contrib import admin

from gallery.models import Document, Picture


@admin.register(Picture, Document)
class MediaAdmin(admin.ModelAdmin):
    list_display = ("title", "added")
    search_fields = ("title",)
