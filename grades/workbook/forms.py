from __future__ import annotations

from django import forms

from butrt.base.forms import file_field
from butrt.base.spreadsheets import MOST_BYTES, XLSX


class WorkbookForm(forms.Form):
    """The file; what is wrong in it is told by who reads it, here only that there is one, of a sane size."""

    file = file_field(
        "Classeur rempli",
        f".xlsx,{XLSX}",
        f"Un fichier .xlsx téléchargé ici, {MOST_BYTES // 2**20} Mo au plus.",
    )
