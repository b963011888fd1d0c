"""The images of letters, logo and signatures: sent, decoded, bounded and written again as our own PNG."""

from __future__ import annotations

import io
import warnings

from django.core.exceptions import ValidationError
from PIL import Image, UnidentifiedImageError

from butrt.base.french import size
from butrt.base.outside import opened_apart

FORMATS = ("PNG", "JPEG")
LARGEST_FILE = 2 * 2**20
LARGEST_IMAGE = 20_000_000  # pixels, before any is decoded: a small file may announce a huge image
WIDTH, HEIGHT = 900, 450  # kept: 600 dpi on a head of 38 mm by 19 mm


@opened_apart(ValidationError)
def read_logo(content: bytes) -> bytes:
    """The PNG to keep of a logo: see `_read`."""
    return _read(content, "Le logo")


@opened_apart(ValidationError)
def read_signature(content: bytes) -> bytes:
    """The PNG to keep of a signature written by hand: see `_read`."""
    return _read(content, "La signature")


def _read(content: bytes, what: str) -> bytes:
    """The PNG to keep of an image file: nothing of the file but its pixels, at most 900 × 450.

    Raises ValidationError, in French, for what is not a PNG or a JPEG, is too large or is broken.
    """
    if len(content) > LARGEST_FILE:
        raise ValidationError(f"{what} dépasse {size(LARGEST_FILE)} : 900 pixels de large suffisent.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as whole:
                whole.verify()  # WeasyPrint lets Pillow read files cut short; not here
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                if image.width * image.height > LARGEST_IMAGE:
                    raise ValidationError(
                        f"{what} fait {image.width} × {image.height} pixels : 900 de large suffisent."
                    )
                image.thumbnail((WIDTH, HEIGHT))
                pixels = image.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(f"{what} doit être une image PNG ou JPEG (ni SVG, ni PDF).") from error
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for a file cut or damaged
        raise ValidationError(f"{what} ne se lit pas : le fichier est incomplet ou endommagé.") from error
    # On white: PDF/A-3a allows transparency, but a printed head is on white anyway.
    sheet = Image.new("RGB", pixels.size, "white")
    sheet.paste(pixels, mask=pixels.getchannel("A"))
    written = io.BytesIO()
    sheet.save(written, "PNG", optimize=True)
    return written.getvalue()
