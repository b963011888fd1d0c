"""The export of a formation as anybody may send it: read, or refused with the place and what to do."""

import re
import time

import pytest

from butrt.base.spreadsheets import Unreadable
from curriculum.scodoc.reading import MOST_BYTES, read_formation
from tests.curriculum.scodoc.exports import as_json, as_xml, changed, formation, modules, ue


def _xml(inside, before=""):
    head = f'<?xml version="1.0" encoding="utf-8"?>{before}<formation acronyme="X" type_parcours="700">'
    return f"{head}{inside}</formation>".encode()


def _ue(**fields):
    return changed(lambda said: ue(said, "UE31").update(fields))


LAUGHS = (
    "<!DOCTYPE f [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '&{chr(97 + n)};&{chr(97 + n)};'>" for n in range(20))
    + "]>"
)
WHOLE = as_xml(formation())
REFUSED = {
    "empty": (b"", "est vide"),
    "blank": (b" \n\t", "est vide"),
    "binary": (bytes(range(256)) * 20, "ni du XML ni du JSON"),
    "a text": (b"Bonjour, voici la formation.", "ni du XML ni du JSON"),
    "a workbook": (b"PK\x03\x04" + bytes(100), "un classeur ou une archive"),
    "a PDF": (b"%PDF-1.7 ...", "un PDF"),
    "compressed": (b"\x1f\x8b\x08" + bytes(50), "un fichier compressé"),
    "too large": (b"<formation>" + b" " * MOST_BYTES, "dépasse 4\N{NO-BREAK SPACE}Mo"),
    "the page of a login": (
        b"<!DOCTYPE html>\n<html><body><form>Se connecter</form></body></html>",
        "page web",
    ),
    "a page without a type": (b"<html><head></head></html>", "page web"),
    "an XHTML page": (b"<?xml version='1.0'?><HTML></HTML>", "page web"),
    "XML cut short": (WHOLE[: len(WHOLE) // 2], "n’est pas du XML entier (ligne 2"),
    "JSON cut short": (as_json(formation())[:5000], "ce n’est pas du JSON"),
    "two roots": (WHOLE + b"<formation/>", "n’est pas du XML entier"),
    "billion laughs": (_xml("&u;", LAUGHS), "DOCTYPE"),
    "an entity of a file": (_xml("&f;", '<!DOCTYPE f [<!ENTITY f SYSTEM "file:///etc/passwd">]>'), "DOCTYPE"),
    "a DTD elsewhere": (_xml("", '<!DOCTYPE f SYSTEM "http://exemple.invalid/f.dtd">'), "DOCTYPE"),
    "entities in UTF-16": (
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE f [<!ENTITY a "b">]><formation/>'.encode("utf-16"),
        "DOCTYPE",
    ),
    "an encoding that does not exist": (b'<?xml version="1.0" encoding="martien"?><formation/>', "encodage"),
    "not the encoding it says": (_xml("").replace(b'"X"', b'"\xe9\xff"'), "n’est pas du XML entier"),
    "another root": (_xml("").replace(b"formation", b"personnel"), "commence par"),
    "a referential in XML": (b"<referentiel_competence specialite='RT'/>", "référentiel de compétences"),
    "a referential in JSON": (b'{"specialite": "RT", "competences": {}}', "référentiel de compétences"),
    "an error of the API": (b'{"error": "Unauthorized", "message": "..."}', "répondu par une erreur"),
    "a list of formations": (as_json([formation(), formation()]), "2 formations"),
    "an empty list": (b"[]", "aucune formation"),
    "a list of numbers": (b"[1]", "un objet est attendu"),
    "another object": (b'{"etudiants": []}', "aucune formation"),
    "no UE": (b'{"type_parcours": 700, "ue": []}', "aucune UE"),
    "UE that is a number": (b'{"type_parcours": 700, "ue": 3}', "une liste est attendue"),
    "a UE that is a text": (b'{"type_parcours": 700, "ue": ["UE11"]}', "ue 1 : un objet est attendu"),
    "a title that is a list": (as_json(_ue(titre=["a"])), "« UE31 », titre : une valeur est attendue"),
    "a DUT": (
        as_json(formation() | {"type_parcours": 100, "acronyme": "DUT Info"}),
        "« DUT Info » est un DUT",
    ),
    "a bachelor": (as_xml(formation() | {"type_parcours": 1001}), "un Bachelor ISCID"),
    "no type and no coefficients": (
        as_json({"acronyme": "X", "ue": [{"acronyme": "UE1"}]}),
        "type_parcours absent",
    ),
    "deep nesting": (b"[" * 100_000, "emboîtés trop profondément"),
    "deep XML": (b"<formation>" + b"<ue>" * 50 + b"</ue>" * 50 + b"</formation>", "beaucoup plus"),
    "many elements": (_xml("<x/>" * 60_001), "beaucoup plus"),
    "many UE": (as_json({"type_parcours": 700, "ue": [{}] * 151}), "plus de ue qu’aucune formation"),
    "many coefficients": (
        as_json({"type_parcours": 700, "ue": [{"matiere": [{"module": [{"coefficients": [{}] * 15_001}]}]}]}),
        "plus de coefficients",
    ),
    "NaN": (as_json(_ue(ects=float("nan"))), "NaN n’est pas un nombre"),
    "Infinity": (as_json(_ue(ects=float("inf"))), "Infinity n’est pas un nombre"),
    "NaN in XML": (as_xml(_ue(ects="nan")), "« UE31 », ects : « nan » n’est pas un nombre"),
    "a huge exponent": (
        as_json(_ue(ects=1)).replace(b'"ects": 1,', b'"ects": 1e999999999,'),
        "n’est pas un nombre",
    ),
    "a monstrous exponent": (b'{"ue": [{"ects": 1e99999999999999999999}]}', "un nombre est trop long"),
    "a number of 10,000 digits": (b'{"ue": [{"ects": ' + b"9" * 10_000 + b"}]}", "un nombre est trop long"),
    "a large number": (as_json(_ue(ects=1e9)), "n’est pas entre 0 et 9999"),
    "a negative number": (as_json(_ue(ects=-6)), "n’est pas entre 0 et 9999"),
    "hours in words": (
        as_json(changed(lambda said: modules(said)["R301"].update(heures_td="dix"))),
        "module « R301 », heures_td : « dix » n’est pas un nombre",
    ),
    "neither true nor false": (as_json(_ue(is_external="peut-être")), "n’est ni 0 ni 1"),
    "a key twice": (b'{"ue": [], "ue": []}', 'le champ "ue" est écrit deux fois'),
    "an attribute twice": (b'<formation titre="a" titre="b"/>', "n’est pas du XML entier"),
    "a value and a list of one name": (
        b'<formation type_parcours="700" ue="1"><ue/></formation>',
        "une valeur et une liste",
    ),
    "one reference for two UE": (as_json(_ue(reference=2001)), "Deux UE portent la référence"),
    "two coefficients for one UE": (
        as_json(
            changed(
                lambda said: modules(said)["R301"]["coefficients"].append(
                    modules(said)["R301"]["coefficients"][0] | {"coef": "1.0"}
                )
            )
        ),
        "deux coefficients pour l’UE",
    ),
    "a coefficient of no UE": (
        as_json(changed(lambda said: modules(said)["R301"]["coefficients"][0].pop("ue_reference"))),
        "ue_reference : manque",
    ),
    "a module without a code": (
        as_json(changed(lambda said: modules(said)["R301"].update(code=""))),
        "code : manque",
    ),
    "JSON that is not UTF-8": (b'{"titre": "\xe9"}', "UTF-8"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_not_read_says_why(case):
    data, words = REFUSED[case]
    start = time.process_time()
    with pytest.raises(Unreadable) as refused:
        read_formation.function(data)  # here, where its time is counted
    assert words.replace("\N{NO-BREAK SPACE}", " ") in re.sub(r"\s", " ", str(refused.value))
    assert time.process_time() - start < 2


def test_files_written_otherwise_are_read_all_the_same():
    titles = [each.title for each in read_formation(as_json(formation())).ues]

    def same(data):
        return [each.title for each in read_formation(data).ues] == titles

    latin = WHOLE.decode().replace('encoding="utf-8"', 'encoding="iso-8859-1"')
    assert same(latin.encode("iso-8859-1", "xmlcharrefreplace"))
    assert same(b"\xef\xbb\xbf" + WHOLE)
    assert same(b"\xef\xbb\xbf" + as_json(formation()))
    assert same(as_json([formation()]))
    assert same(WHOLE.replace(b"<formation ", b"<formation_list><formation ", 1) + b"</formation_list>")
    assert same(as_json(formation() | {"ue_de_demain": {"a": [1, None]}}))
