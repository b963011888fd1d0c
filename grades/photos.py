"""The photo of a student: read strictly, shrunk, stripped of everything but the image."""

from __future__ import annotations

import io
import warnings

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from PIL import Image, ImageOps, UnidentifiedImageError

from butrt.base.accounts.models import User
from butrt.base.french import size
from butrt.base.journal.services import record
from butrt.base.outside import opened_apart
from grades.models import Photo, Student

LARGEST_FILE = 5 * 1024 * 1024
LARGEST_SIDE = 6000
SHOWN = (240, 280)
ENOUGH = 1120  # pixels of a side, before it is turned upright
FORMATS = ("JPEG", "PNG", "WEBP")
UNREADABLE = (UnidentifiedImageError, OSError, SyntaxError, ValueError)


@opened_apart(ValidationError)
def reencode(data: bytes) -> bytes:
    """The image as a small JPEG, without its metadata (place, device).

    Raises ValidationError for what is not an image of `FORMATS`, or is too large.
    """
    if len(data) > LARGEST_FILE:
        raise ValidationError(f"La photo dépasse {size(LARGEST_FILE)} : choisir un fichier plus petit.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                if max(image.size) > LARGEST_SIDE:
                    raise ValidationError(f"La photo dépasse {LARGEST_SIDE} pixels de côté.")
                image.draft("RGB", (ENOUGH, ENOUGH))  # a JPEG is decoded no larger than needed
                small: Image.Image = image if image.mode == "RGB" else image.convert("RGB")
                small.thumbnail((ENOUGH, ENOUGH))
                upright = ImageOps.exif_transpose(small)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ValidationError(f"La photo dépasse {LARGEST_SIDE} pixels de côté.") from error
    except UNREADABLE as error:
        raise ValidationError("Ce fichier n’est pas une image JPEG, PNG ou WebP lisible.") from error
    upright.thumbnail(SHOWN)
    written = io.BytesIO()
    upright.save(written, "JPEG", quality=82, optimize=True)
    return written.getvalue()


def set_photo(*, student: Student, data: bytes, by: User) -> Photo:
    """Give a student a photo, in the place of the one before. Needs the student's department."""
    jpeg = reencode(data)  # before the transaction: nobody waits to write while it is examined
    with transaction.atomic():
        photo, _ = Photo.objects.update_or_create(student=student, defaults={"jpeg": jpeg})
        record(act="student.photo", about=str(student), by=by, department=student.department)
    return photo


@transaction.atomic
def remove_photo(*, student: Student, by: User) -> None:
    """Take a student's photo away, if there is one."""
    if Photo.objects.filter(student=student).delete()[0]:
        record(act="student.photo_removed", about=str(student), by=by, department=student.department)


def photo_response(photo: Photo) -> HttpResponse:
    """The image, for those whom the page's door let in; kept by nobody else."""
    answer = HttpResponse(bytes(photo.jpeg), content_type="image/jpeg")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Disposition"] = "inline"
    return answer
