"""filer's admin tells nobody about files that they may not read, and keeps working for those who may."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from filer.models import File, Folder, FolderPermission, Image

from mediastore.filer.permissions import staff_or_filer

pytestmark = pytest.mark.django_db
NAME, DESCRIPTION = "payroll-2026", "redundancies"


@pytest.fixture
def staff(client, django_user_model):
    """`staff(name)`: a client of a new member of the staff who has all of filer's model permissions."""

    def staff(name):
        user = django_user_model.objects.create_user(name, is_staff=True)
        wanted = Permission.objects.filter(content_type__app_label__in=("filer", "easy_thumbnails"))
        user.user_permissions.set(wanted)
        own = type(client)()
        own.force_login(user)
        own.user = user
        return own

    return staff


@pytest.fixture
def visitors(staff, admin_client):
    """A client of one who may read nothing, of the files' owner, and of a superuser."""
    return {"nosy": staff("nosy"), "owner": staff("owner"), "superuser": admin_client}


@pytest.fixture
def files(visitors, jpeg):
    """Private pictures of the owner: one in a folder that only its owner may read, one in no folder."""
    owner = visitors["owner"].user
    folder = Folder.objects.create(name="Board", owner=owner)

    def stored(where, **fields):
        content = ContentFile(jpeg, f"{NAME}-{where}.jpg")
        name = f"{NAME}-{where}.jpg"
        common = {"description": DESCRIPTION, "owner": owner, "is_public": False}
        return Image.objects.create(original_filename=name, file=content, **common | fields)

    return {"filed": stored("filed", folder=folder), "unfiled": stored("unfiled")}


def lookups(file):
    sha1, start = file.sha1, file.file.name[:30]
    return (f"description__contains={DESCRIPTION[:5]}", f"sha1={sha1}", f"file__startswith={start}", f"q={NAME}", "")


@pytest.mark.parametrize("where", ["filed", "unfiled"])
@pytest.mark.parametrize("model", ["file", "image"])
def test_a_list_and_its_lookups_tell_only_of_readable_files(visitors, files, model, where):
    url = reverse(f"admin:filer_{model}_changelist")
    for query in lookups(files[where]):
        for who, client in visitors.items():
            response = client.get(f"{url}?{query}")
            assert response.status_code == 200, (who, query)
            found = {file.pk for file in response.context["cl"].result_list}
            assert (files[where].pk in found) == (who != "nosy"), (who, query)
            assert (NAME in text_of(response)) == (who != "nosy"), (who, query)
            assert response.context["cl"].full_result_count == (0 if who == "nosy" else 2)


def text_of(response):
    """What it says, beside what was asked for."""
    return response.content.decode().replace(f'value="{NAME}"', "").replace(f"q={NAME}", "")


@pytest.mark.parametrize("where", ["filed", "unfiled"])
@pytest.mark.parametrize("view", ["change", "delete", "history", "icon", "expand"])
@pytest.mark.parametrize("model", ["file", "image"])
def test_a_file_that_may_not_be_read_has_no_page_and_no_icon(visitors, files, model, view, where):
    file = files[where]
    if view == "icon":
        url = reverse(f"admin:filer_{model}_fileicon", args=[file.pk, 80])
    else:
        url = reverse(f"admin:filer_{model}_{view}", args=[file.pk])
    for who, client in visitors.items():
        response = client.get(url)
        everything = f"{response.get('Location', '')} {response.content.decode()}"
        if who == "nosy":
            missing = response.status_code == 404 or response.get("Location") == reverse("admin:index")
            assert missing and NAME not in everything, everything
        else:
            assert response.status_code == (302 if view == "icon" else 200), (who, view)
            assert NAME in everything or view == "history"


@pytest.mark.parametrize(("model", "field"), [("image", "file_ptr"), ("clipboarditem", "file")])
def test_a_choice_of_files_holds_only_readable_ones(visitors, files, model, field):
    query = f"app_label=filer&model_name={model}&field_name={field}&term={NAME}"
    for who, client in visitors.items():
        response = client.get(f"{reverse('admin:autocomplete')}?{query}")
        assert response.status_code == 200
        assert {int(result["id"]) for result in response.json()["results"]} == (
            set() if who == "nosy" else {file.pk for file in files.values()}
        )


def test_a_choice_of_folders_holds_only_readable_ones(visitors, files):
    query = "app_label=filer&model_name=file&field_name=folder&term=Boa"
    for who, client in visitors.items():
        results = client.get(f"{reverse('admin:autocomplete')}?{query}").json()["results"]
        assert len(results) == (0 if who == "nosy" else 1)


LISTINGS = {
    "search": ("admin:filer-directory_listing-root", f"q={NAME}", {"filed", "unfiled"}),
    "search for a description": ("admin:filer-directory_listing-root", f"q={DESCRIPTION}", {"filed", "unfiled"}),
    "unfiled": ("admin:filer-directory_listing-unfiled_images", "", {"unfiled"}),
    "missing metadata": ("admin:filer-directory_listing-images_with_missing_data", "", {"filed", "unfiled"}),
}


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("kind", ["tb", "th"])
def test_the_file_manager_lists_only_readable_files(visitors, files, listing, kind):
    view, query, expected = LISTINGS[listing]
    for who, client in visitors.items():
        response = client.get(f"{reverse(view)}?{query}&_list_type={kind}")
        assert response.status_code == 200
        text = text_of(response)
        for where in ("filed", "unfiled"):
            assert (f"{NAME}-{where}" in text) == (who != "nosy" and where in expected), (who, where)
        context = response.context
        assert context["paginator"].count == (0 if who == "nosy" else len(expected))
        assert len(context["folder_files"]) == context["paginator"].count
        assert "selected" in context["selection_note"] and str(context["paginator"].count) in context["selection_note"]


def test_the_file_manager_lists_a_folder_to_those_who_may_read_it(visitors, files, staff):
    url = reverse("admin:filer-directory_listing", args=[files["filed"].folder.pk])
    reader = staff("reader")
    FolderPermission.objects.create(
        folder=files["filed"].folder, user=reader.user, type=FolderPermission.THIS, can_read=FolderPermission.ALLOW
    )
    for who, client in {**visitors, "reader": reader}.items():
        assert (f"{NAME}-filed" in client.get(url).content.decode()) == (who != "nosy"), who
    found = reader.get(f"{reverse('admin:filer_file_changelist')}?q={NAME}").context["cl"].result_list
    assert [file.pk for file in found] == [files["filed"].pk]
    assert reader.get(reverse("admin:filer_image_change", args=[files["filed"].pk])).status_code == 200
    assert reader.get(reverse("admin:filer_image_fileicon", args=[files["filed"].pk, 80])).status_code == 302


@pytest.mark.parametrize(
    "action", ["copy_files_and_folders", "delete_files_or_folders", "rename_files", "files_set_public"]
)
def test_an_action_reaches_only_readable_files(visitors, files, action):
    url = f"{reverse('admin:filer-directory_listing-images_with_missing_data')}?_list_type=tb"
    data = {"action": action, "_selected_action": f"file-{files['unfiled'].pk}", "index": 0, "select_across": 0}
    response = visitors["nosy"].post(url, data)
    absent = visitors["nosy"].post(url, data | {"_selected_action": "file-999999"})
    assert NAME not in response.content.decode() and response.status_code == absent.status_code
    assert File.objects.filter(pk=files["unfiled"].pk, is_public=False).exists()


@pytest.mark.parametrize("view", ["changelist", "add"])
def test_filers_clipboard_has_no_choice_of_all_files(visitors, files, view):
    url = reverse(f"admin:filer_clipboard_{view}")
    assert visitors["superuser"].get(url).status_code == 200
    response = visitors["nosy"].get(url)
    assert response.status_code == 403 and NAME not in response.content.decode()


def test_unfiled_public_files_stay_a_shared_inbox(visitors, files, jpeg):
    shared = Image.objects.create(original_filename="shared.jpg", file=ContentFile(jpeg, "shared.jpg"), is_public=True)
    nosy = visitors["nosy"]
    assert [file.pk for file in nosy.get(reverse("admin:filer_file_changelist")).context["cl"].result_list] == [
        shared.pk
    ]
    assert nosy.get(reverse("admin:filer_image_fileicon", args=[shared.pk, 80])).status_code == 302
    assert nosy.get(reverse("admin:filer_image_change", args=[shared.pk])).status_code in (200, 302, 403)


def test_one_without_any_right_to_a_file_can_still_upload_and_pick_their_own(visitors, jpeg):
    nosy = visitors["nosy"]
    url = reverse("admin:filer-ajax_upload")
    answer = nosy.post(f"{url}?filename=mine.jpg", {"file": SimpleUploadedFile("mine.jpg", jpeg, "image/jpeg")}).json()
    Image.objects.filter(pk=answer["file_id"]).update(is_public=False)
    listing = nosy.get(f"{reverse('admin:filer-directory_listing-unfiled_images')}?_popup=1&_pick=file")
    assert "mine.jpg" in listing.content.decode()
    assert nosy.get(reverse("admin:filer_image_change", args=[answer["file_id"]])).status_code == 200


def test_a_superuser_pays_no_query_for_this(visitors, files, django_assert_num_queries):
    from django.contrib import admin
    from django.contrib.admin.sites import AdminSite
    from filer.admin import FileAdmin

    class Request:
        user = visitors["superuser"].get(reverse("admin:index")).wsgi_request.user
        GET = {}

    ours, filers = admin.site.get_model_admin(File), FileAdmin(File, AdminSite())
    with django_assert_num_queries(0):
        assert str(ours.get_queryset(Request).query) == str(filers.get_queryset(Request).query)


def test_the_owner_of_a_folder_sees_the_files_of_others_in_it(visitors, files):
    files["filed"].folder.owner = visitors["nosy"].user
    files["filed"].folder.save()
    found = visitors["nosy"].get(reverse("admin:filer_file_changelist")).context["cl"].result_list
    assert [file.pk for file in found] == [files["filed"].pk]


@pytest.mark.parametrize("folder", ["filer_private", "Filer_PRIVATE", "filer_pr\u0131vate", "filer_private::$DATA"])
def test_no_spelling_of_filers_folder_is_left_to_the_rule_for_other_files(visitors, rf, folder):
    request = rf.get("/")
    request.user = visitors["nosy"].user
    assert not staff_or_filer(request, "private", f"{folder}/ab/a.jpg")
    assert staff_or_filer(request, "private", "contracts/a.jpg")
