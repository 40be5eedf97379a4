"""Routes for the tests with filer."""

from django.urls import include, path

from mediastore.tests.urls import urlpatterns as _urlpatterns

urlpatterns = [path("filer/", include("filer.urls")), *_urlpatterns]
