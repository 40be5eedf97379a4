"""One page that shows everything, and a form for each kind."""

from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Model
from django.urls import reverse_lazy
from django.views.generic import CreateView, ListView
from django.views.generic.base import ContextMixin

from gallery.models import Document, Picture


class SiteName(ContextMixin):
    """The site's name, for the templates."""

    extra_context = {"site_name": settings.SITE_NAME}


class Gallery(SiteName, ListView):
    model = Picture
    paginate_by = 24
    template_name = "gallery/index.html"

    def get_context_data(self, **kwargs):
        documents = Document.objects.all()[:24] if self.request.user.is_staff else []
        return super().get_context_data(documents=documents, **kwargs)


class AddPicture(SiteName, PermissionRequiredMixin, CreateView):
    heading = "Add a picture"
    model: type[Model] = Picture
    fields = ("title", "image")
    permission_required = "gallery.add_picture"
    template_name = "gallery/add.html"
    success_url = reverse_lazy("gallery:index")


class AddDocument(AddPicture):
    heading = "Add a document"
    model = Document
    fields = ("title", "file")
    permission_required = "gallery.add_document"
