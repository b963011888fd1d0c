"""The PV: all that domain 4 lists is on it, its data recompute it, its signatures hold."""

import copy
import hashlib
import json
import re
import shutil
import subprocess
from itertools import pairwise

import pytest
from django.template.loader import render_to_string
from django.test import override_settings
from django.utils.html import strip_tags

from butrt.base.accounts.models import User
from butrt.base.documents.certificates import PRESIDENT, SEAL, load_roots, make_trial_certificates
from butrt.base.documents.signing import SigningRefused
from butrt.base.documents.verification_codes import new_code
from butrt.base.documents.verifying import embedded_files, revisions, verify
from grades.models import Student
from jury.cases import cohortdecisions
from jury.cases.proceedings import Proceedings
from jury.documents.fingerprints import FIRST_FORMAT, fingerprint
from jury.documents.minutes.document import minutes_page, render_minutes
from jury.documents.minutes.signatories import signatories
from jury.documents.minutes.steps import kept_signer, prepared, refused_in_french, sealed, signed
from tests.jury import snapshots
from tests.jury.years import Years


def text_of(pdf: bytes) -> str:
    """What a PDF says, in the order of its structure, each run of blanks (no-break ones too) as one space."""
    printed = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    return " ".join(printed.split())


def words_of(version) -> str:
    """The words of a PV, not laid out: for what the layout has no part in."""
    page = minutes_page(version, Proceedings.of_minutes(version.content))
    printed = render_to_string("jury/documents/minutes/minutes.html", page)
    return " ".join(strip_tags(printed.replace("<", " <")).split())


@pytest.fixture(scope="module")
def pdf():
    return render_minutes(snapshots.minutes())


@pytest.fixture(scope="module")
def text(pdf):
    return text_of(pdf.content)


def signed_revisions(version, *, by):
    """The PDF of a version after each step: its empty fields, the president's signature, the seal."""
    first, (place, *_) = prepared(version, "7Q4M-X2KD-9RTF-0HMZ-K3VD"), signatories(version.content)
    with refused_in_french():
        signer = kept_signer(by, place)
    second = signed(version, first, place, signer, by=by)
    return [first, second, *sealed(version, second, (), by=by)]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certificates")
    people = {PRESIDENT: "Béatrice Vaucresson", SEAL: "IUT de Valbrume"}
    make_trial_certificates(directory, people, establishment="IUT de Valbrume")
    return directory


@pytest.fixture(scope="module")
def steps(certificates):
    """The PV of `snapshots` after each step, printed and signed once."""
    president = User(username="b.vaucresson", first_name="Béatrice", last_name="Vaucresson")
    with override_settings(BUTRT_CERTIFICATES_DIR=certificates):
        return signed_revisions(snapshots.minutes(), by=president)


@pytest.fixture
def president(settings, certificates):
    settings.BUTRT_CERTIFICATES_DIR = certificates
    return User(username="b.vaucresson", first_name="Béatrice", last_name="Vaucresson")


@pytest.mark.parametrize(
    "said",
    [
        "Université de Valbrume",
        "IUT de Valbrume",
        "Département Réseaux et Télécommunications",
        "Bachelor universitaire de technologie, Réseaux et Télécommunications, parcours Internet des objets "
        "et mobilité, par apprentissage",
        "Semestre 4 et deuxième année (BUT2), année universitaire 2024-2025",
        "mardi 8 juillet 2025",
        "IUT de Valbrume, salle B204",
        "14 h 06",
        "16 h 52",
        "Arrêté du 15 avril 2022, annexe 1, points 4.1 à 4.6",
        "Arrêté du 6 décembre 2019, article 17",
        "Règlement, version 3, 2024-2025, adopté le 12/09/2024",
        "UE et RCUE acquis à 10 ou plus",
        "moyenne à poids égaux des moyennes exactes de ses deux UE",
        "Une absence injustifiée (ABI) compte 0",
        "La seconde chance remplace la moyenne de l’élément si elle est meilleure",
        "Redoublements : 1 par semestre, 4 en tout",
        "Données inventées",
        "Version 1",
    ],
)
def test_pv_says_what_was_judged_where_and_by_which_texts(text, said):
    assert said in text


def test_pv_tells_members_present_then_excused(text):
    told = [
        "Présents",
        "Béatrice Vaucresson directrice de l’IUT, présidente",
        "Didier Fontvieille Altéis Télécom, professionnel",
        "Excusés",
        "Nadia Sembat Liane Fibre, professionnelle",
    ]
    places = [text.index(each) for each in told]

    assert places == sorted(places)


def test_pv_counts_students_by_code_and_by_right(text):
    assert re.search(r"10 dossiers examinés 5 ✓ ADM année validée 1 ◆ ADJ admis par le jury", text)
    assert (
        "7 admis ou autorisés à poursuivre : 6 de droit, 1 par décision du jury ; 1 ajourné ; 1 départ ; "
        "1 en attente." in text
    )


@pytest.mark.parametrize(("number", "last_name", "first_name", "gender", "born", "place"), snapshots.PEOPLE)
def test_pv_identifies_each_student(text, number, last_name, first_name, gender, born, place):
    word = {"F": "née", "M": "né", "X": "né·e"}[gender]

    assert re.search(
        rf"{last_name} {first_name} n° {number} · INE 07{number[1:]}ZZ "
        rf"{word} le [0-9er]+ \w+ {born[:4]} à {place}",
        text,
    )


@pytest.mark.parametrize(
    "said",
    [
        "INE 071000002ZZ né le 1er mars 2005 à Tours 8,80↔ 11,80 10,30↔ 11,80 11,20 11,50✓ "
        "11,20 10,60 10,90✓ ✓ ADM admis 60 120 S5, DUT",
        "7,60◇ 8,38◇ 7,99◆ ◆ ADJ admise par le jury 60 120 S5, DUT",
        "7,60○ 8,20○ 7,90○ 8,20○ 7,90○ 8,05○ 8,80↔ 11,20 10,00↔ ■ NAR ajourné, ne peut pas redoubler 20 80 "
        "orientation",
        "10,8524 10,3524 10,60✓",  # acquired at the jury of 2024, kept
        "⇥ DEM démission le 14 mars 2025 10 70 —",
        "10,00… — 11,80 11,80 11,80✓ … ATJ attend le jury 50 110 en attente",
        "→ PASD passe de droit 40 70 S5 fermé : UE11, UE21",
    ],
)
def test_pv_gives_averages_codes_ects_and_what_comes_next(text, said):
    assert said.replace(" ", "") in text.replace(" ", "")


@pytest.mark.parametrize(
    "said",
    [
        f"« {snapshots.NAR_MOTIVE} » année NAR : décidé par Béatrice Vaucresson, le 8 juillet 2025 à 15 h 02",
        f"« {snapshots.ADJ_MOTIVE} » RT3 ADJ : décidé par Béatrice Vaucresson, le 8 juillet 2025 à 15 h 02",
        f"« {snapshots.ATJ_MOTIVE} » année ATJ : décidé par Béatrice Vaucresson",
        "DELORME Lise, UE33 et UE43 (ADJR)",
        "CORVAL Maël. Audition : entendu à sa demande le 7 juillet 2025. Conseils : BTS CIEL par "
        "apprentissage ; rendez-vous au service d’orientation le 10 juillet.",
        "HERVÉ Léa : UE12 (8,90) et UE22 (8,90) ↑ ADSUP, par le niveau supérieur. S5 ouvert.",
        "IMBERT Luc : S5 fermé tant que UE11 et UE21 ne sont pas acquises.",
    ],
)
def test_pv_tells_every_decision_of_the_jury_with_its_motive(text, said):
    assert said in text


def test_legend_explains_the_codes_that_appear_and_no_other(text):
    legend = text[text.index("Légende des codes") : text.index("Statistiques")]

    assert re.findall(r"\b(?:[A-Z]{2,}1NCI|[A-Z]{3,5}|AJ)\b", legend.replace("UE", "")) == [
        *("ADM", "CMP", "ADJ", "ADJR", "ADSUP", "AJ", "PASD", "NAR", "ATJ", "DEM")
    ]


def test_pv_gives_statistics(text):
    assert "3 sur 3 6 étudiants" in text
    assert "moyenne de la promotion 10,29" in text


def test_pv_prints_its_fingerprint_that_its_attachments_hash_to(pdf, text):
    version = snapshots.minutes()
    files = embedded_files(pdf.content)

    assert " ".join(version.fingerprint[at : at + 4] for at in range(0, 64, 4)) in text
    assert hashlib.sha256(files["contenu.json"]).hexdigest() == version.fingerprint
    assert json.loads(files["contenu.json"]) == version.content


def test_a_pv_of_the_first_format_prints_the_fingerprint_of_its_figures_and_says_so():
    version = snapshots.minutes()
    version.content["format"] = FIRST_FORMAT
    version.fingerprint = fingerprint(version.content)
    pdf = render_minutes(version).content
    files, text = embedded_files(pdf), text_of(pdf)

    assert hashlib.sha256(files["cohorte.json"] + files["decisions.json"]).hexdigest() == version.fingerprint
    assert " ".join(version.fingerprint[at : at + 4] for at in range(0, 64, 4)) in text
    assert "SHA-256 de cohorte.json suivi de decisions.json est l’empreinte" in text


OTHERWISE = {
    "a motive": lambda content: content["taken"][0].update(motive="Autre motif."),
    "a hearing": lambda content: content["taken"][0].update(hearing="non demandée"),
    "an advice": lambda content: content["taken"][0].update(advice="BUT GEII."),
    "a presence": lambda content: content["members"][1].update(presence="excused"),
    "a quality": lambda content: content["members"][1].update(quality="enseignant"),
    "a place": lambda content: content["session"].update(place="B205"),
    "an hour": lambda content: content["session"].update(starts="14:00"),
    "the texts": lambda content: content["context"].update(regulation="Règlement 2025"),
    "a birth place": lambda content: content["context"]["students"]["21000003"].update(birth_place="Paris"),
    "the number of the version": lambda content: content.update(version=2),
}


@pytest.mark.parametrize("change", OTHERWISE.values(), ids=OTHERWISE)
def test_whatever_the_pv_prints_otherwise_has_another_fingerprint(change):
    version = snapshots.minutes()
    other = copy.deepcopy(version.content)
    change(other)

    assert fingerprint(other) != version.fingerprint == fingerprint(version.content)


def test_attachments_recompute_to_the_same_decisions(pdf):
    files = embedded_files(pdf.content)

    decided = cohortdecisions.decide_object(json.loads(files["cohorte.json"]))
    assert decided == json.loads(files["decisions.json"])


def test_same_version_same_bytes(pdf):
    assert render_minutes(snapshots.minutes()).content == pdf.content


def test_another_version_says_what_it_changes(pdf):
    version = snapshots.minutes(version=2)
    version.changes = "FARGUES-LŒUF Zoé : année ATJ → ADM. Motif : note de R42 parvenue."
    again = render_minutes(version).content

    assert "Version 2, remplace la version précédente FARGUES-LŒUF Zoé : année ATJ → ADM." in text_of(again)
    assert again != pdf.content


def test_an_opening_despite_the_checklist_says_why(text):
    told = words_of(snapshots.minutes(opening_motive="La note de R42 manque."))

    assert "Délibération ouverte malgré la liste de contrôle Motif de Béatrice Vaucresson : « La note" in told
    assert "malgré la liste de contrôle" not in text


def test_a_sitting_that_ends_another_day_says_which():
    told = words_of(snapshots.minutes(closed_at="2025-07-09T08:05:00+00:00"))

    assert "Fin 9 juillet 2025, 10 h 05" in told


def test_without_decision_of_the_jury_everything_comes_by_right():
    told = words_of(snapshots.minutes(decisions=[]))

    assert "Aucune : toutes les décisions viennent de droit." in told


def test_pv_of_an_odd_semester_judges_ue_only():
    told = text_of(render_minutes(snapshots.minutes(odd=True)).content)

    assert "Semestre 3, année universitaire 2024-2025." in told
    assert "20 UE acquises sur 30. Une UE sous la moyenne attend la compensation" in told
    assert "3 complets toutes les UE acquises" in told
    assert "RT1 Administrer RT2 Connecter RT3 Créer Situation ECTS année en tout Suite UE31 UE32 UE33" in told
    assert "RCUE 10" not in told
    assert re.search(r"BRÉHAT Noé n° 21000002 .*? 8,80 ?○ 11,80 11,20 20 80 S4", told)


def test_names_that_look_like_html_stay_text():
    version = snapshots.minutes()
    version.content["session"]["place"] = "<b>salle</b> & couloir"

    assert "<b>salle</b> & couloir" in text_of(render_minutes(version).content)


# ---------- signatures ----------


def test_president_signs_then_the_seal_and_both_hold(steps, president, certificates):
    signed = steps[-1].pdf
    found = verify(signed, trust_roots=load_roots(certificates), stored_revisions=revisions(signed))

    assert [(step.step, step.signer) for step in steps] == [
        (0, None),
        (1, steps[1].signer),
        (2, steps[1].signer),
    ]
    assert str(steps[1].signer) == str(president)
    assert [step.sha256 for step in steps] == [hashlib.sha256(step.pdf).hexdigest() for step in steps]
    assert all(after.pdf.startswith(before.pdf) for before, after in pairwise(steps))
    assert found.intact, found.problem
    assert [(each.field, each.role) for each in found.signatures] == [
        ("sig-president", "présidence du jury"),
        ("sig-seal", "cachet de l’établissement"),
    ]
    assert revisions(signed) == [step.sha256 for step in steps[1:]]


def test_an_altered_byte_is_seen_by_both_verifiers(steps, certificates, tmp_path):
    signed = bytearray(steps[-1].pdf)
    path = tmp_path / "pv.pdf"
    path.write_bytes(signed)
    assert pdfsig(path).count("Signature is Valid") == 2

    signed[len(signed) // 3] ^= 1
    path.write_bytes(signed)

    assert not verify(bytes(signed), trust_roots=load_roots(certificates)).intact
    assert "Signature is Valid" not in pdfsig(path)


def pdfsig(path) -> str:
    return subprocess.run(["pdfsig", str(path)], capture_output=True, check=False).stdout.decode()


def test_an_account_may_have_its_own_certificate(president, certificates, settings, tmp_path):
    settings.BUTRT_CERTIFICATES_DIR = tmp_path
    shutil.copytree(certificates / "roots", tmp_path / "roots")
    for name in ("seal.crt", "seal.key"):
        (tmp_path / name).write_bytes((certificates / name).read_bytes())
    (tmp_path / "people").mkdir()
    for kind in ("crt", "key"):
        (tmp_path / f"people/b.vaucresson.{kind}").write_bytes(
            (certificates / f"president.{kind}").read_bytes()
        )

    assert len(signed_revisions(snapshots.minutes(), by=president)) == 3
    assert kept_signer(User(username="quelqu.un"), signatories(snapshots.minutes().content)[0]) is None


def test_the_one_certificate_of_presidencies_is_of_who_it_names(president):
    """0.4 signed for every presidency, of any department, with `president.p12`."""
    place = signatories(snapshots.minutes().content)[0]
    other = User(username="j.martin", first_name="Jean", last_name="Martin")

    assert kept_signer(president, place).name.startswith("Béatrice Vaucresson")
    with pytest.raises(
        SigningRefused, match="au nom de « Béatrice Vaucresson », votre compte est celui de « Jean Martin »"
    ):
        kept_signer(other, place)


def test_a_place_of_before_that_cannot_be_printed_holds_no_signature(president):
    revisions = signed_revisions(snapshots.minutes(place="salle 漢"), by=president)

    assert bytes(revisions[-1].pdf).startswith(b"%PDF")


@pytest.mark.django_db
def test_students_of_several_programmes_recompute_from_the_files_attached():
    """Two versions of BUT1 behind one promotion: the file names the programme of who has another."""
    years = Years()
    old, new = years.programme("TC", 1), years.programme("TC", 1, codes="UE{semester}.{number}", since=2023)
    for name, programme, school_year in (("OLD", old, 2022), ("NEW", new, 2023), ("NOUVEAU", new, 2023)):
        years.enrol(years.cohort(programme, school_year), years.student(name), {"*": "12"})
    for programme, school_year in ((old, 2022), (new, 2023)):
        years.hold(years.cohort(programme, school_year), 2)
    second = years.cohort(years.programme("IOM", 2), 2024)
    for student in Student.objects.filter(department=years.department):
        years.enrol(second, student, {"*": "12"})
    version = years.hold(second, 4)
    files = embedded_files(render_minutes(version, new_code()).content)
    cohort, decisions = json.loads(files["cohorte.json"]), json.loads(files["decisions.json"])

    assert list(cohort["programmes"]) == ["BUT1 R&T initiale 2021, BUT2 IOM initiale 2021"]
    assert sum("programme" in student for student in cohort["students"]) == 1
    assert cohortdecisions.decide_object(cohort) == decisions
    assert hashlib.sha256(files["contenu.json"]).hexdigest() == version.fingerprint
    for programme in cohort["programmes"].values():
        programme["units"][0]["ects"] = "30"
    assert fingerprint(version.content | {"cohort": cohort}) != version.fingerprint
