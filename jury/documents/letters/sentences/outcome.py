"""What was decided of them, in a sentence, and their credits."""

from __future__ import annotations

from collections.abc import Mapping

from butrt.base import french
from butrt.base.french import NBSP, listed, plural
from jury.cases import wording
from jury.cases.case import Case
from jury.documents.letters import signatory as signing
from jury.rules import Code, codes
from jury.rules.following import Step

SENTENCES: Mapping[Code, str] = {
    Code.ADM: "Vous êtes admis{|e} : votre {year} est validée",
    Code.ADJ: "Vous êtes admis{|e} par décision du jury : votre {year} est validée",
    Code.ADSUP: "Vous êtes admis{|e} : votre {year} est validée par le niveau supérieur",
    Code.PASD: "Vous passez de droit {next}",
    Code.PAS1NCI: "Vous passez {next} par décision du jury",
    Code.RED: "Vous êtes ajourné{|e} et autorisé{|e} à redoubler votre {year}",
    Code.NAR: "Vous êtes ajourné{|e} et n’êtes pas autorisé{|e} à redoubler votre {year}",
    Code.ATJ: "Votre {year} attend une décision du jury",
    Code.RAT: "Votre {year} attend un rattrapage",
    Code.DEM: "Votre démission est enregistrée",
    Code.DEF: "Vous êtes défaillan{t|te} : votre {year} n’est pas validée",
    Code.ABAN: "Votre abandon est enregistré",
    Code.ABL: "Vous êtes en année blanche",
    Code.EXCLU: "Vous êtes exclu{|e} de la formation",
}
"""The decision on a year, to the student."""


PASSING_IS_NOT_ENOUGH: Mapping[Code, str] = {
    Code.PASD: "Votre {year} suffit, de droit, pour passer",
    Code.PAS1NCI: "Le jury juge votre {year} suffisante pour passer",
}
"""The same, while S5 stays closed for another reason."""


NEXT_YEARS = {1: "en deuxième année", 2: "en troisième année", 3: "au-delà de la troisième année"}


def outcome(case: Case) -> dict[str, str]:
    """The decision in one sentence to the student, its sign and colour, and the credits."""
    year = case.verdict.year
    ects = _credits(case)
    if year is None:
        judged = case.cohort.judged(case.student)
        acquired = sum(case.verdict.units[unit.code].acquired for unit in judged)
        some_of_them = f"{acquired if acquired > 1 else 'une'} des {len(judged)} UE"
        part = some_of_them if acquired < len(judged) else plural(acquired, "l’UE", f"les {acquired} UE")
        some = f"avez acquis {part}" if acquired else "n’avez acquis aucune UE"
        return {
            "sign": "",
            "family": "green" if acquired == len(judged) else "slate",
            "words": f"Vous {some} du semestre {max(case.student.semesters)}",
            "note": ects,
        }
    words = codes.agreed(SENTENCES[year], wording.gender(case))
    words = words.replace("{year}", wording.YEARS[case.student.year]).replace(
        "{next}", NEXT_YEARS[case.student.year]
    )
    following = case.following
    if following.step is Step.CLOSED:
        if year in codes.INTO_THE_NEXT:  # "you go on" and "it is closed" would contradict each other
            words = PASSING_IS_NOT_ENOUGH[year].replace("{year}", wording.YEARS[case.student.year])
        missing = listed(following.again)
        words += f", mais le semestre 5 ne s’ouvre pas encore{NBSP}: il y faut {missing}"
    return {
        "sign": codes.sign(year),
        "family": codes.family(year),
        "words": words,
        "note": f"code {year}, {ects}",
    }


def _credits(case: Case) -> str:
    """ "32 crédits (ECTS) acquis en deuxième année sur 60, 92 en tout"; of who left, in all."""
    credits = case.credits
    if signing.is_a_fact(case) or not credits.total:
        total = french.short(credits.total)
        return f"{total} crédits (ECTS) acquis en tout" if credits.total else "aucun crédit (ECTS) acquis"
    of_the_year = french.short(credits.year) if credits.year else "aucun"
    noun = "crédits (ECTS) acquis" if credits.year else "crédit (ECTS) acquis"
    return (
        f"{of_the_year} {noun} en {wording.YEARS[case.student.year]} sur "
        f"{french.short(credits.of_the_year)}, {french.short(credits.total)} en tout"
    )
