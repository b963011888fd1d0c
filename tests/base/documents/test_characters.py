"""What the documents cannot print: named in plain words, with what to write instead."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from butrt.base.documents.characters import (
    SYMBOLS,
    WORD,
    bracketed,
    check_printable,
    note_of,
    printable,
    printable_form,
    refusal,
)
from butrt.base.documents.printed import PrintedTexts, printed_texts

NBSP = "\xa0"

# The texts that no document prints, or that somebody else than a person writes; a new field of text is
# either of a model of `PrintedTexts`, or added here knowingly.
NOT_PRINTED = {
    "accounts.ApiToken": "name digest",
    "accounts.Asking": "digest",
    "accounts.NewAddress": "email digest",
    "accounts.OpenSession": "user_agent",
    "accounts.ReadUpTo": "alert",
    "journal.Entry": "act about previous digest",
    "journal.Head": "digest",
    "nights.Run": "host summary",
    "workers.Worker": "id host",
    "grades.Assessment": "title",  # on the sheets of marks; a transcript prints elements
    "grades.MarkChange": "code",
    "grades.Reopening": "motive changes",
    "grades.StudentFile": "name",
    "grades.StudentImport": "name",
    "jury.Freeze": "motive",
    "jury.MemberRemark": "text",
    "jury.Recheck": "cause",
    "jury.Minutes": "fingerprint changes",  # written from what was checked
    "jury.MinutesRevision": "field label sha256",
    "jury.Issued": "token kind",
    "jury.Printed": "sha256",
    "jury.Batch": "words error",  # in a mail
    "jury.Piece": "kind number name address file error",
    "jury.LetterText": "title body",  # checked line by line: jury.documents.letters.texts.problems
    "jury.ApogeeElement": "subject codes",
    "jury.ApogeeCode": "code written",
    "jury.ApogeeUpload": "name",
}
# A code, an address, too short a field: refused for another reason first.
REFUSED_OTHERWISE = {
    *("User.username", "User.email", "Department.code", "Weight.evaluation_type", "Student.ine"),
    *("Student.email", "Member.email", "Decision.code", "Result.average", "Result.code"),
}
OUR_APPS = ("butrt", "curriculum", "grades", "jury")
OURS = [model for model in apps.get_models() if model.__module__.partition(".")[0] in OUR_APPS]
PRINTED = [model for model in OURS if issubclass(model, PrintedTexts)]
FIELDS = [(model, field) for model in PRINTED for field in printed_texts(model)]


def named(field) -> str:
    return f"{field[0].__name__}.{field[1].name}" if isinstance(field, tuple) else str(field)


def test_every_text_of_every_model_is_printed_knowingly_or_not_at_all():
    loose = {}
    for model in OURS:
        if not issubclass(model, PrintedTexts) and (texts := list(printed_texts(model))):
            loose[model._meta.label] = " ".join(field.name for field in texts)

    assert loose == NOT_PRINTED


@pytest.mark.parametrize(("model", "field"), FIELDS, ids=[named(each) for each in FIELDS])
def test_every_printed_text_refuses_what_cannot_be_printed(model, field):
    row = model(**{field.attname: "Un \U0001f600 de trop"})
    others = [each.name for each in model._meta.fields if each != field]

    with pytest.raises(ValidationError) as refused:
        row.clean_fields(exclude=others)
    told = refused.value.message_dict[field.name]
    if f"{model.__name__}.{field.name}" not in REFUSED_OTHERWISE:
        label = str(field.verbose_name)
        assert told[-1].startswith(f"{label[:1].upper()}{label[1:]}{NBSP}: un caractère ne s’imprime pas")
        assert "emoji \U0001f600 (U+1F600)" in told[-1]


@pytest.mark.parametrize(
    ("text", "told", "proposed"),
    [
        ("Avis\U0001f600 bon", "emoji \U0001f600 (U+1F600), après «\xa0Avis\xa0» (le retirer)", "Avis bon"),
        ("\uf0b7 avis", "puce de Word (U+F0B7), au début (écrire «\xa0-\xa0» à la place)", "- avis"),
        (
            "\u2610 oui",
            "case à cocher \u2610 (U+2610), au début (écrire «\xa0[ ]\xa0» à la place)",
            "[ ] oui",
        ),
        ("a\u200bb", "caractère invisible (U+200B), après «\xa0a\xa0» (le retirer)", "ab"),
        ("ﬁn", "lettre latine rare ﬁ (U+FB01), au début (écrire «\xa0fi\xa0» à la place)", "fin"),
        ("un\x0bdeux", "caractère invisible (U+000B), après «\xa0un\xa0» (aller à la ligne)", "un\ndeux"),
        ("محمد", "lettre arabe محمد (U+0645, U+062D, U+0645…), au début (le transcrire en lettres la", None),
        ("x\ufffd", "caractère perdu dans une conversion \ufffd (U+FFFD), après «\xa0x\xa0»", None),
        ("\uf0ab", "symbole de Word (U+F0AB), au début (le retirer, ou le dire en mots)", None),
        ("\U0001f468\u200d\U0001f467 ok", "emoji (U+1F468, U+200D, U+1F467), au début (le retirer)", " ok"),
    ],
)
def test_a_character_is_named_with_its_place_and_what_to_write(text, told, proposed):
    assert told in refusal(text)
    assert printable_form(text) == proposed
    if proposed:
        assert f"Texte proposé{NBSP}: «{NBSP}{' '.join(proposed.split())}{NBSP}»" in refusal(text)
        assert refusal(proposed) == ""


def test_what_prints_is_left_alone():
    text = "L’étudiant·e « reçu » à 10,00 ≥ 10 — Łukasz, Nguyễn, Κώστας\u202f! ✓ •"

    assert (refusal(text), bracketed(text), printable_form(text)) == ("", text, text)
    check_printable("e\u0301")  # composed when it is printed


def test_three_are_told_and_the_others_counted():
    told = refusal("\u2610 \u2611 \u2612 \uf0b7 \uf0fc")

    assert told.startswith("des caractères ne s’impriment pas")
    assert f"{NBSP}; 2 autres." in told


def test_what_was_frozen_before_is_named_in_brackets():
    assert bracketed("Vu \uf0b7\u2610 et محمد") == (
        "Vu [puce de Word U+F0B7][case à cocher U+2610] et [lettre arabe U+0645, U+062D, U+0645…]"
    )
    assert "(emoji U+1F600, case à cocher U+2610)" in note_of("\U0001f600\u2610")
    assert set(note_of("\U0001f600")) <= printable()


def test_every_replacement_prints():
    assert all(refusal(each) == "" for each in (*WORD.values(), *SYMBOLS.values()))


def test_a_model_of_text_that_is_no_choice_is_looked_at():
    assert all(isinstance(field, models.CharField | models.TextField) for _, field in FIELDS)
    assert {named(each) for each in FIELDS} >= {
        *("Decision.motive", "Decision.advice", "Decision.hearing", "Enrolment.remark", "Student.last_name"),
        *("Student.birth_place", "Member.name", "Member.quality", "Session.place", "Letterhead.address"),
        *("Element.title", "Unit.code", "User.quality", "Department.name", "Result.document"),
    }
