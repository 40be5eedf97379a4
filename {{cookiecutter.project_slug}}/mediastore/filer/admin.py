"""filer's admin, which shows each user only the files that they may read.

filer checks the permission when one file is opened, but not in its lists, searches and icons. From those, staff without any
permission could learn names, checksums and paths of private files. These subclasses of filer's classes use Django's hooks
for what a user sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
    from django.db.models import Field, QuerySet
    from django.forms import Field as FormField
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    Files = QuerySet[File]
    User = AbstractBaseUser | AnonymousUser
    _FilerAdmin = admin.ModelAdmin[File]
else:
    _FilerAdmin = object


def readable(files: Files, user: User) -> Files:
    """Those of `files` that `user` may read: `File.has_read_permission` in SQL.

    Public files without a folder stay visible to the whole staff, as filer intends.
    """
    folders = FolderPermission.objects.get_read_id_list(user)
    if folders == "All":
        return files
    own = Q(owner=user) | Q(folder__owner=user)
    return files.filter(own | Q(folder__in=folders) | Q(folder=None, is_public=True))


class ReadableFiles(_FilerAdmin):
    """A mixin for the admin of files: lists, searches, choices, forms and icons of readable files alone."""

    def get_queryset(self, request: HttpRequest) -> Files:
        return readable(super().get_queryset(request), request.user)

    def icon_view(self, request: HttpRequest, file_id: int, size: int) -> HttpResponse:
        self._refuse(request, file_id)
        return super().icon_view(request, file_id, size)  # type: ignore[misc,no-any-return]  # filer's

    def expand_view(self, request: HttpRequest, file_id: int) -> HttpResponse:
        self._refuse(request, file_id)
        return super().expand_view(request, file_id)  # type: ignore[misc,no-any-return]  # filer's

    def _refuse(self, request: HttpRequest, pk: int) -> None:
        """Answer 404 if the visitor may not read the file."""
        if not request.user.is_superuser:
            get_object_or_404(readable(File.objects.all(), request.user), pk=pk)


class FileAdmin(ReadableFiles, fileadmin.FileAdmin):
    """Files."""


class ImageAdmin(ReadableFiles, imageadmin.ImageAdmin):
    """Pictures."""

    form = PictureForm

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> FormField | None:
        if db_field.name == "file":
            kwargs["form_class"] = UploadField
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class FolderAdmin(folderadmin.FolderAdmin):
    """The file manager. filer's own lists every unfiled file in searches and in "files with missing metadata"."""

    def directory_listing(
        self, request: HttpRequest, folder_id: int | None = None, viewtype: str | None = None
    ) -> HttpResponse:
        response: HttpResponse = super().directory_listing(request, folder_id, viewtype)
        context = getattr(response, "context_data", None)
        if context and "folder_files" in context and not request.user.is_superuser:
            self._hide(request, context)
        return response

    def _hide(self, request: HttpRequest, context: dict[str, Any]) -> None:
        """Take files that the visitor may not read out of the page and out of its counts."""
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

    def response_action(self, request: HttpRequest, files_queryset: Files, folders_queryset: QuerySet[Folder]) -> Any:
        return super().response_action(request, readable(files_queryset, request.user), folders_queryset)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Folder], search_term: str
    ) -> tuple[QuerySet[Folder], bool]:
        """The folders of a choice: those that the visitor may read."""
        queryset, duplicates = super().get_search_results(request, queryset, search_term)
        folders = FolderPermission.objects.get_read_id_list(request.user)
        if folders != "All":
            queryset = queryset.filter(Q(pk__in=folders) | Q(owner=request.user))
        return queryset, duplicates


class ClipboardAdmin(clipboardadmin.ClipboardAdmin):
    """filer's uploads. Its forms are for superusers: they are a debugging aid with a choice of all files."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(upload)
        name = "filer-ajax_upload"
        return [
            path("operations/upload/<int:folder_id>/", view, name=name),
            path("operations/upload/no_folder/", view, name=name),
            *super().get_urls(),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Clipboard | None = None) -> bool:
        return request.user.is_superuser

    has_add_permission = has_module_permission
    has_change_permission = has_delete_permission = has_view_permission


def register() -> None:
    """Register these classes in place of filer's own, which are registered when this module imports them.

    A site may register others in an `admin.py`: Django imports those after all apps are ready.
    """
    for model, ours in {File: FileAdmin, Image: ImageAdmin, Folder: FolderAdmin, Clipboard: ClipboardAdmin}.items():
        if admin.site.is_registered(model):
            admin.site.unregister(model)
            admin.site.register(model, ours)
