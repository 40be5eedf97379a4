"""django-filer on these storages: through its admin, and against the traps of its private files."""

import pickle
import re

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.urls import reverse
from easy_thumbnails.files import get_thumbnailer
from filer import settings as filer_settings
from filer.models import File, Folder, Image
from filer.server import views as server_views

from mediastore.tests.filer.helpers import SIZE

pytestmark = pytest.mark.django_db(transaction=True)


def in_default(everything):
    return [name for name in everything("default") if name.startswith("filer_public")]


def test_filer_has_the_storages_of_the_aliases_with_their_options(make):
    """Not the local disk for private files, and not a storage made anew without its options."""
    for visibility, alias in (("PUBLIC", "default"), ("PRIVATE", "private")):
        storage = getattr(filer_settings, f"FILER_{visibility}MEDIA_STORAGE")
        assert storage == storages[alias] and storage.alias == alias
    assert filer_settings.FILER_PUBLICMEDIA_THUMBNAIL_STORAGE == storages["easy_thumbnails"]
    assert filer_settings.FILER_PRIVATEMEDIA_THUMBNAIL_STORAGE == storages["private_thumbnails"]
    for public, alias in ((True, "default"), (False, "private")):
        image = make(is_public=public)
        assert storages[alias].exists(image.file.name)


def test_overridden_storages_hold_for_filer_too(make, settings):
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    before = {alias: storages[alias] for alias in ("default", "private")}
    settings.STORAGES = settings.STORAGES | dict.fromkeys(before, memory)
    for public, alias in ((True, "default"), (False, "private")):
        image = make("elsewhere.jpg", is_public=public)
        assert storages[alias].exists(image.file.name) and not before[alias].exists(image.file.name)


def test_a_picture_uploaded_in_the_admin_is_public_with_its_thumbnails(admin_client, public_get, jpeg):
    folder = Folder.objects.create(name="Cats")
    url = reverse("admin:filer-ajax_upload", args=[folder.pk])
    response = admin_client.post(f"{url}?filename=cat.jpg", {"file": SimpleUploadedFile("cat.jpg", jpeg, "text/html")})
    assert response.status_code == 200 and "error" not in response.json(), response.content
    image = Image.objects.get()
    listing = admin_client.get(reverse("admin:filer-directory_listing", args=[folder.pk])).content.decode()
    assert "cat.jpg" in listing
    thumbnail = image.file.get_thumbnail(SIZE)
    for address in (image.url, thumbnail.url, *image.icons.values()):
        status, headers, _ = public_get(address)
        assert (status, headers["Content-Type"]) == (200, "image/jpeg"), address


def test_private_files_and_thumbnails_are_served_from_any_storage(
    make, admin_client, client, fetch, on_s3, jpeg, everything
):
    before = everything("default")
    image = make(is_public=False)
    thumbnail = image.file.get_thumbnail(SIZE)
    assert image.url.startswith("/private/") and thumbnail.url.startswith("/private-thumbnails/")
    assert everything("default") == before
    assert image.file.name in everything("private")
    assert f"private_thumbnails/{thumbnail.name}" in everything("private")
    for url, start in ((image.url, jpeg[:100]), (thumbnail.url, b"\xff\xd8")):
        assert client.get(url).status_code == 404
        response = admin_client.get(url)
        if on_s3:
            assert response.status_code == 302
            status, headers, body = fetch(response["Location"])
        else:
            status, headers, body = response.status_code, response.headers, response.getvalue()
        assert (status, headers["Content-Type"]) == (200, "image/jpeg")
        assert body.startswith(start)


def test_filers_own_views_serve_private_files_and_thumbnails(make, rf, admin_user, django_user_model):
    """For projects that include `filer.server.urls`."""
    image = make(is_public=False)
    thumbnail = image.file.get_thumbnail(SIZE)
    request = rf.get("/")
    for user, allowed in ((admin_user, True), (django_user_model(), False)):
        request.user = user
        for view, name in (
            (server_views.serve_protected_file, image.file.name),
            (server_views.serve_protected_thumbnail, thumbnail.name),
        ):
            if allowed:
                assert view(request, name).status_code in (200, 302)
            else:
                with pytest.raises(Http404):
                    view(request, name)


@pytest.mark.parametrize(
    ("save_as", "expected"),
    [
        (True, 'attachment; filename="cat.jpg"'),
        (None, 'attachment; filename="cat.jpg"'),
        ("dog.jpg", 'attachment; filename="dog.jpg"'),
        (False, 'inline; filename="cat.jpg"'),
    ],
)
def test_filers_save_as_makes_a_browser_save_the_file(make, rf, client, fetch, jpeg, on_s3, save_as, expected):
    image = make(is_public=False)
    response = filer_settings.FILER_PRIVATEMEDIA_SERVER.serve(rf.get("/"), image, save_as=save_as)
    if on_s3:
        status, headers, body = fetch(response["Location"])
    else:
        status, headers, body = response.status_code, response.headers, response.getvalue()
        assert response.streaming
    assert (status, body, headers["Content-Disposition"]) == (200, jpeg, expected)


@pytest.mark.real_s3
def test_private_objects_refuse_unsigned_requests(make, fetch):
    image = make(is_public=False)
    thumbnail = image.file.get_thumbnail(SIZE)
    for storage, name in ((storages["private"], image.file.name), (storages["private_thumbnails"], thumbnail.name)):
        assert storage.exists(name)
        assert fetch(f"{storage.endpoint_url}/{storage.bucket_name}/{storage.key(name)}")[0] == 403


def test_filers_rules_bind_the_staff_too(make, client, django_user_model):
    image = make(is_public=False)
    staff = django_user_model.objects.create_user("staff", is_staff=True)
    client.force_login(staff)
    assert client.get(image.url).status_code == 404
    assert client.get(image.file.get_thumbnail(SIZE).url).status_code == 404
    Image.objects.filter(pk=image.pk).update(owner=staff)
    assert client.get(image.url).status_code in (200, 302)


def test_a_thumbnail_that_easy_thumbnails_has_named_is_filers_too(make, client, django_user_model):
    image = make(is_public=False)
    thumbnail = get_thumbnailer(storages["private"], image.file.name).get_thumbnail(SIZE)
    client.force_login(django_user_model.objects.create_user("staff", is_staff=True))
    assert thumbnail.url.startswith("/private-thumbnails/thumbnails/")
    assert client.get(thumbnail.url).status_code == 404
    Image.objects.filter(pk=image.pk).update(owner=django_user_model.objects.get(username="staff"))
    assert client.get(thumbnail.url).status_code in (200, 302)


def test_a_thumbnail_whose_source_is_gone_is_not_served(make, admin_client):
    image = make(is_public=False)
    url = image.file.get_thumbnail(SIZE).url
    File.objects.non_polymorphic().filter(pk=image.pk).update(file="")
    assert admin_client.get(url).status_code == 404


def test_a_file_on_its_way_to_the_public_storage_is_read_by_whoever_may_read_private_files(make, client, admin_client):
    image = make(is_public=False)
    File.objects.non_polymorphic().filter(pk=image.pk).update(is_public=True)
    for url in (image.url, image.file.get_thumbnail(SIZE).url):
        assert admin_client.get(url).status_code in (200, 302)
        assert client.get(url).status_code == 404


def test_the_private_url_of_a_file_that_has_become_public_leads_to_the_public_one(make, client, public_get):
    image = make(is_public=False)
    url = image.url
    image.is_public = True
    image.save()
    response = client.get(url)
    assert (response.status_code, response["Location"]) == (302, image.url)
    assert public_get(response["Location"])[0] == 200
    assert client.get("/private/filer_private/no/such/file.jpg").status_code == 404
    image.is_public = False
    image.save()
    assert client.get(url).status_code == 404


def test_enable_permissions_leaves_no_thumbnail_in_the_public_bucket(make, admin_client, everything):
    folder = Folder.objects.create(name="Later private")
    before = in_default(everything)
    image = make("flip.jpg", folder=folder)
    image.file.get_thumbnail(SIZE)
    assert len(in_default(everything)) == len(before) + 2
    response = admin_client.post(
        reverse("admin:filer-directory_listing", args=[folder.pk]),
        {"action": "files_set_private", "_selected_action": [f"file-{image.pk}"], "index": "0"},
    )
    assert response.status_code in (200, 302)
    image = Image.objects.get(pk=image.pk)
    assert not image.is_public and image.file.name in everything("private")
    assert in_default(everything) == before


def test_is_public_set_after_the_file_does_not_write_to_the_public_bucket(jpeg, everything):
    before = everything("default")
    image = Image(original_filename="late.jpg", file=ContentFile(jpeg, "late.jpg"))
    image.is_public = False
    image.save()
    assert image.file.name in everything("private")
    assert everything("default") == before
    assert image.file.get_thumbnail(SIZE).url.startswith("/private-thumbnails/")
    assert everything("default") == before


def test_a_picture_made_public_again_is_served_openly(make, public_get, everything):
    image = make("open.jpg", is_public=False)
    image.file.get_thumbnail(SIZE)
    image = Image.objects.get(pk=image.pk)
    image.is_public = True
    image.save()
    assert not [name for name in everything("private") if "open.jpg" in name]
    for url in (image.url, image.file.get_thumbnail(SIZE).url):
        assert public_get(url)[0] == 200


def test_the_change_form_makes_a_picture_private(make, admin_client, everything):
    image = make("form.jpg")
    image.file.get_thumbnail(SIZE)
    url = reverse("admin:filer_image_change", args=[image.pk])
    page = admin_client.get(url).content.decode()
    assert 'name="is_public"' in page
    token = re.search(r'name="owner" value="(\d*)"', page)
    data = {"name": "", "description": "", "owner": token[1] if token else "", "subject_location": ""}
    response = admin_client.post(url, data)
    assert response.status_code == 302, response.content.decode()
    assert not Image.objects.get(pk=image.pk).is_public
    assert not [name for name in everything("default") if "form.jpg" in name]


@pytest.mark.parametrize("was_public", [True, False])
def test_a_file_that_is_replaced_and_flipped_at_once_touches_no_other(
    was_public, make, admin_client, read, everything, django_capture_on_commit_callbacks, other_jpeg
):
    """filer moves what has the upload's name in the storage, which is somebody else's."""
    source, target = ("default", "private") if was_public else ("private", "default")
    victim = storages[source].save("replaced.jpg", ContentFile(b"somebody else's"))
    image = make("first.jpg", is_public=was_public)
    image.file.get_thumbnail(SIZE)
    data = {"name": "", "description": "", "owner": str(image.owner_id), "subject_location": ""}
    data |= {"file": SimpleUploadedFile("replaced.jpg", other_jpeg)} | ({} if was_public else {"is_public": "on"})
    with django_capture_on_commit_callbacks(execute=True):
        response = admin_client.post(reverse("admin:filer_image_change", args=[image.pk]), data)
    assert response.status_code == 302, response.content.decode()
    changed = Image.objects.get(pk=image.pk)
    assert changed.is_public != was_public
    assert read(storages[target], changed.file.name) == other_jpeg
    assert victim in everything(source) and read(storages[source], victim) == b"somebody else's"
    assert image.file.name not in everything(source), "the replaced file stays where it was"
    storages[source].delete(victim)


@pytest.mark.s3
def test_a_pickled_image_contains_no_secret(make, server):
    image = make("pickled.jpg", is_public=False)
    data = pickle.dumps([Image.objects.get(pk=image.pk), image.file, image.easy_thumbnails_thumbnailer])
    assert server.secret.encode() not in data and b"pickled.jpg" in data
    copies = pickle.loads(data)
    assert [copy.url for copy in copies[:2]] == [image.url, image.url]
    assert copies[2].source_storage == copies[2].source_storage == storages["private"]
    copies[0].is_public = True
    copies[0].save()
    assert copies[0].url.startswith(storages["default"].base_url)


def test_members_without_a_right_to_the_folder_see_nothing(make, client, django_user_model):
    folder = Folder.objects.create(name="Closed")
    image = make(is_public=False, folder=folder)
    member = django_user_model.objects.create_user("member", is_staff=True)
    member.user_permissions.add(*Permission.objects.filter(content_type__app_label="filer"))
    client.force_login(member)
    assert client.get(image.url).status_code == 404
