"""The site's routes."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    #% if cookiecutter.use_filer
    path("filer/", include("filer.urls")),
    #% endif
    path("", include("mediastore.urls")),
    #% if cookiecutter.example_app
    path("", include("gallery.urls")),
    #% endif
]
