"""The photo of a student and the remark of the director of studies, shown on the jury’s card."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from butrt.base.journal.models import Entry
from grades.models import Photo
from grades.people import write_remark
from grades.photos import reencode
from tests.factories import make_user
from tests.jury.world import all_at, make_world
from tests.pages import shown

pytestmark = pytest.mark.django_db


def image(form: str = "PNG", size: tuple[int, int] = (900, 1200), **more) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, form, **more)
    return file.getvalue()


def test_a_photo_becomes_a_small_jpeg_without_its_metadata():
    exif = Image.Exif()
    exif[0x010F] = "Appareil de Camille"
    small = reencode(image("JPEG", exif=exif))

    with Image.open(io.BytesIO(small)) as read:
        assert (read.format, read.size, len(read.getexif())) == ("JPEG", (210, 280), 0)
    assert len(small) < 20_000


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "pas une image"),
        (image("GIF", (10, 10)), "pas une image"),
        (image()[:12], "pas une image"),
        (b"\xff\xd8\xff" + b"0" * (5 * 1024 * 1024), r"dépasse 5\S+Mo"),
        (image("PNG", (6001, 1)), "6000 pixels"),
    ],
)
def test_what_is_no_photo_is_refused(data, message):
    with pytest.raises(ValidationError, match=message):
        reencode(data)


def test_the_photo_and_the_remark_are_on_the_card(client):
    world = make_world({"DUPONT": all_at("7")})
    student, enrolment = world.student("DUPONT"), world.enrolments["DUPONT"]
    director = make_user("director", department=world.session.department, last_name="Passy")
    client.force_login(director)
    sent = {"photo": SimpleUploadedFile("moi.png", image(), "image/png")}
    client.post(reverse("cohorts:change_photo", args=[enrolment.pk]), sent)
    remark = reverse("cohorts:remark", args=[enrolment.pk])
    page = shown(client, reverse("cohorts:enrolment", args=[enrolment.pk]), remark)
    client.post(remark, page | {"remark": "Arrêt de travail en novembre."})

    client.force_login(world.president)
    card = client.get(reverse("jury:card", args=[world.session.pk, student.number])).content.decode()
    answer = client.get(reverse("jury:photo", args=[world.session.pk, student.number]))

    assert "«\N{NO-BREAK SPACE}Arrêt de travail en novembre.\N{NO-BREAK SPACE}»" in card
    assert "Camille Passy" in card
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert "private" in answer["Cache-Control"]
    assert set(Entry.objects.values_list("act", flat=True)) >= {"student.photo", "enrolment.remark"}
    client.force_login(director)
    client.post(reverse("cohorts:change_photo", args=[enrolment.pk]), {"remove": "1"})
    assert not Photo.objects.exists()


def test_the_secretariat_writes_no_remark():
    world = make_world({"DUPONT": all_at("7")})
    clerk = make_user("secretariat", department=world.session.department)

    with pytest.raises(ValidationError, match="direction des études"):
        write_remark(enrolment=world.enrolments["DUPONT"], text="Non.", by=clerk)
