"""filer's admin, which shows each user only the files that they may read.

filer checks the permission where one file is opened. Its lists, searches and icons do not: staff without any permission
could learn names, checksums and paths of private files from them. These are subclasses of filer's own classes, with
Django's hooks for what a user sees.
"""

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy
from filer.admin import Image, clipboardadmin, fileadmin, folderadmin, imageadmin  # Image: FILER_IMAGE_MODEL
from filer.models import Clipboard, File, Folder, FolderPermission

from mediastore.filer.uploads import PictureForm, UploadField, upload


def readable(files, user):
    """Those of the queryset `files` that `user` may read, in SQL: `File.has_read_permission` for many.

    Unfiled public files stay visible to the whole staff, as filer means them to be.
    """
    folders = FolderPermission.objects.get_read_id_list(user)
    if folders == "All":
        return files
    own = Q(owner=user) | Q(folder__owner=user)
    return files.filter(own | Q(folder__in=folders) | Q(folder=None, is_public=True))


class ReadableFiles:
    """For the admin of files: lists, searches, choices, forms and icons of readable files alone."""

    def get_queryset(self, request):
        return readable(super().get_queryset(request), request.user)

    def icon_view(self, request, file_id, size):
        self._refuse(request, file_id)
        return super().icon_view(request, file_id, size)

    def expand_view(self, request, file_id):
        self._refuse(request, file_id)
        return super().expand_view(request, file_id)

    def _refuse(self, request, pk):
        if not request.user.is_superuser:
            get_object_or_404(readable(File.objects.all(), request.user), pk=pk)


class FileAdmin(ReadableFiles, fileadmin.FileAdmin):
    """Files."""


class ImageAdmin(ReadableFiles, imageadmin.ImageAdmin):
    """Pictures."""

    form = PictureForm

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "file":
            kwargs["form_class"] = UploadField
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class FolderAdmin(folderadmin.FolderAdmin):
    """The file manager. filer's own lists every unfiled file in searches and in "files with missing metadata"."""

    def directory_listing(self, request, folder_id=None, viewtype=None):
        response = super().directory_listing(request, folder_id, viewtype)
        context = getattr(response, "context_data", None)
        if context and "folder_files" in context and not request.user.is_superuser:
            self._hide(request, context)
        return response

    def _hide(self, request, context):
        """Take the files out of the page that its reader may not read, and out of its counts."""
        files = readable(context["folder_files"], request.user)
        shown = set(files.values_list("pk", flat=True))
        items = [item for item in context["paginator"].object_list if not isinstance(item, File) or item.pk in shown]
        paginator = Paginator(items, context["paginator"].per_page)
        page = paginator.get_page(request.GET.get("page", 1))
        all_selected = ngettext_lazy("%(total_count)s selected", "All %(total_count)s selected", paginator.count)
        context.update(
            folder_files=files,
            paginator=paginator,
            paginated_items=page,
            selection_note=_("0 of %(cnt)s selected") % {"cnt": len(page.object_list)},
            selection_note_all=all_selected % {"total_count": paginator.count},
        )

    def response_action(self, request, files_queryset, folders_queryset):
        return super().response_action(request, readable(files_queryset, request.user), folders_queryset)

    def get_search_results(self, request, queryset, search_term):
        """Folders to choose from, by name."""
        queryset, duplicates = super().get_search_results(request, queryset, search_term)
        folders = FolderPermission.objects.get_read_id_list(request.user)
        if folders != "All":
            queryset = queryset.filter(Q(pk__in=folders) | Q(owner=request.user))
        return queryset, duplicates


class ClipboardAdmin(clipboardadmin.ClipboardAdmin):
    """filer's uploads. Its forms are a debugging aid with a choice of all files there are: for superusers."""

    def get_urls(self):
        view = self.admin_site.admin_view(upload)
        name = "filer-ajax_upload"
        return [
            path("operations/upload/<int:folder_id>/", view, name=name),
            path("operations/upload/no_folder/", view, name=name),
            *super().get_urls(),
        ]

    def has_module_permission(self, request):
        return request.user.is_superuser

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser

    has_add_permission = has_module_permission
    has_change_permission = has_delete_permission = has_view_permission


def register():
    """Register these classes in place of filer's own, which are registered when filer's are imported above.

    A site that registers others in an `admin.py` of its own comes after this: Django imports those when all is ready.
    """
    for model, ours in {File: FileAdmin, Image: ImageAdmin, Folder: FolderAdmin, Clipboard: ClipboardAdmin}.items():
        if admin.site.is_registered(model):
            admin.site.unregister(model)
            admin.site.register(model, ours)
