"""The gallery's routes."""

from django.urls import path

from gallery import views

app_name = "gallery"
urlpatterns = [
    path("", views.Gallery.as_view(), name="index"),
    path("pictures/add/", views.AddPicture.as_view(), name="add-picture"),
    path("documents/add/", views.AddDocument.as_view(), name="add-document"),
]
