"""What a letter says of a student, in words to them: the decision, why, what they keep, what they may do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from butrt.base import french
from butrt.base.french import NBSP, listed, plural
from jury.cases import past, wording
from jury.cases.dossier import Taken
from jury.cases.ledger.given import units_given
from jury.cases.proceedings import Case, Column, Proceedings
from jury.documents.letters import signatory as signing
from jury.models import Letterhead, LetterText, Minutes
from jury.rules import VALIDATING, Code, codes
from jury.rules.following import Following, Step
from jury.rules.progression import NO_MORE_REPEAT
from jury.rules.reasons import BUT, JURY, PROGRESSION, STATUS, Article, Reason, counted
from jury.rules.values import DIPLOMAS
from jury.sittings import hearing

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

_BELOW = re.compile(rf"([\d,]+){NBSP}<{NBSP}([\d,]*\d),")

NEXT_YEARS = {1: "en deuxième année", 2: "en troisième année", 3: "au-delà de la troisième année"}


# ---------- the fields of a text ----------


def field_values(
    proceedings: Proceedings,
    case: Case,
    minutes: Minutes,
    head: Letterhead,
    at: datetime,
    *,
    kind: str = LetterText.Kind.NOTIFICATION,
    rncp: str = "",
) -> dict[str, str]:
    """The value of each field of `texts.FIELDS`, agreed with the person; `kind`: of the text to fill."""
    context, person, session = proceedings.context, case.person, minutes.content["session"]
    gender = wording.gender(case)
    signatory = signing.signatory(kind, head, session, b"")
    return {
        "civilité": {"F": "Madame", "M": "Monsieur"}.get(gender, "Madame, Monsieur"),
        "prénom": person["first_name"],
        "nom": person["last_name"],
        "identité": wording.civil_name(person),
        "naissance": wording.birth(person),
        "numéro": person["number"],
        "INE": person["ine"],
        "étudiant": codes.agreed("étudiant{|e}", gender),
        "inscrit": codes.agreed("inscrit{|e}", gender),
        "admis": codes.agreed("admis{|e}", gender),
        "diplôme": f"BUT {wording.programme_name(context)}",
        "titre du BUT": full_title(
            "licence professionnelle « bachelor universitaire de technologie »", context, rncp
        ),
        "titre du DUT": full_title("diplôme universitaire de technologie", context),
        "spécialité": context["programme"]["specialty"],
        "parcours": context["programme"]["parcours"],
        "niveau": f"BUT{context['year']}",
        "jury": wording.jury_in_words(context),
        "année": wording.YEARS[context["year"]],
        "semestres": wording.semesters(context),
        "année universitaire": context["school_year"],
        "résultat": _result(case),
        "date du jury": french.day(session["date"]),
        "présidence": signing.presided(session).told,
        "ECTS de l’année": french.short(case.verdict.ects_year),
        "ECTS en tout": french.short(case.verdict.ects_total),
        "université": head.university,
        "établissement": head.institute,
        "autorité": signing.authority(head),
        "auteur de la décision": signing.appeal_to(kind, head),
        "adresse": _where(head),
        "tribunal": signing.court(head),
        "signataire": signatory.name or signatory.quality,
        "qualité": signatory.quality,
        "date": french.day(french.local(at).date()),
        "constat": recorded(case, head) if signing.is_a_fact(case) else "",
    }


def _where(head: Letterhead) -> str:
    """Where to write to the establishment, on one line."""
    lines = head.address.splitlines()
    return ", ".join(lines if head.institute in head.address else [head.institute, *lines])


def full_title(diploma: str, context: Mapping[str, Any], rncp: str = "") -> str:
    """A diploma by its full title: spécialité, parcours and, when it is known, its number in the RNCP."""
    programme = context["programme"]
    number = f" (RNCP{NBSP}{rncp.removeprefix('RNCP').strip()})" if rncp else ""
    return f"{diploma}, spécialité « {programme['specialty']} », parcours « {programme['parcours']} »{number}"


RECORDED: Mapping[Code, str] = {
    Code.DEM: "{who} prend acte de votre démission{since}",
    Code.ABAN: "{who} constate que vous avez abandonné la formation{since}",
    Code.EXCLU: "{who} vous rappelle que vous êtes exclu{{|e}} de la formation{since} : la section "
    "disciplinaire l’a décidé, et sa décision vous est notifiée à part, avec ses propres voies de recours",
    Code.ABL: "{who} enregistre votre année blanche{since}",
}
"""What the establishment records; no jury decided it."""

SINCE: Mapping[Code, str] = {
    Code.DEM: ", enregistrée le",
    Code.ABAN: " depuis le",
    Code.EXCLU: " depuis le",
    Code.ABL: ", à compter du",
}


def recorded(case: Case, head: Letterhead) -> str:
    """What the establishment takes note of, since when, and that the jury says nothing of the year."""
    year = case.verdict.year
    assert year is not None  # a fact is
    day, who = case.person["status_since"], signing.authority(head)
    since = f"{SINCE[year]} {french.day(day)}" if day else ""
    told = RECORDED[year].format(who=who[:1].upper() + who[1:], since=since)
    return (
        f"{codes.agreed(told, wording.gender(case))}. "
        f"Le jury ne se prononce pas sur votre {wording.YEARS[case.student.year]}."
    )


def _result(case: Case) -> str:
    """ "admise par le jury"; an odd-semester jury says nothing of the year."""
    year = case.verdict.year
    return codes.words(year, "year", wording.gender(case)) if year else "semestre jugé"


# ---------- the decision ----------


def outcome(case: Case) -> dict[str, str]:
    """The decision in one sentence to the student, its sign and colour, and the credits."""
    year = case.verdict.year
    ects = _credits(case)
    if year is None:
        judged = case.cohort.judged(case.student)
        acquired = sum(case.verdict.units[unit.code].acquired for unit in judged)
        some_of_them = f"{acquired if acquired > 1 else 'une'} des {len(judged)} UE"
        part = some_of_them if acquired < len(judged) else _all_units(acquired)
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
        missing = listed(list(following.again))
        words += f", mais le semestre 5 ne s’ouvre pas encore{NBSP}: il y faut {missing}"
    return {
        "sign": codes.sign(year),
        "family": codes.family(year),
        "words": words,
        "note": f"code {year}, {ects}",
    }


def _all_units(number: int) -> str:
    return f"les {number} UE" if number > 1 else "l’UE"


def _credits(case: Case) -> str:
    """ "32 crédits (ECTS) acquis en deuxième année sur 60, 92 en tout"; of who left, in all."""
    credits = case.credits
    if signing.is_a_fact(case) or not credits.total:
        told = french.short(credits.total)
        return f"{told} crédits (ECTS) acquis en tout" if credits.total else "aucun crédit (ECTS) acquis"
    of_the_year = french.short(credits.year) if credits.year else "aucun"
    noun = "crédits (ECTS) acquis" if credits.year else "crédit (ECTS) acquis"
    return (
        f"{of_the_year} {noun} en {wording.YEARS[case.student.year]} sur "
        f"{french.short(credits.of_the_year)}, {french.short(credits.total)} en tout"
    )


# ---------- why ----------


def grounds(proceedings: Proceedings, case: Case) -> dict[str, Any]:
    """The comparisons that the rules made, each with its article; the averages; the jury's motives."""
    # The decision itself has been said, above, as a sentence; that a défaillance takes no right away is for
    # the jury, who decided of it.
    told = [each for each in case.reasons_about("year") if not _is_decision(each) and each.article != STATUS]
    reasons = [{"text": _plain(reason, case), "article": _article(reason.article)} for reason in told]
    return {
        "reasons": [*_no_more_repeat(case), *reasons],
        "units_first": not case.judges_year,
        "rows": [_averages(case, column) for column in proceedings.columns_of(case)],
        "semesters": [f"S{semester}" for semester in case.student.semesters],
        "motives": _motives(case),
    }


def _is_decision(reason: Reason) -> bool:
    return reason.article == JURY and reason.text.startswith("Décision du jury")


def _no_more_repeat(case: Case) -> list[dict[str, str]]:
    """What decides a refusal to repeat (NAR) first: no repeat is left, the jury had no choice (4.5)."""
    closed = any(reason.text.endswith(NO_MORE_REPEAT) for reason in case.proposal.reasons)
    if case.verdict.year != Code.NAR or not closed:
        return []
    done = [f"S{semester}" for semester, times in sorted(case.student.repeats.items()) if times]
    times = sum(case.student.repeats.values())
    text = (
        f"Le redoublement n’est plus ouvert : vous avez déjà redoublé {listed(done)} "
        f"({counted(times, 'redoublement', 'redoublements')}). {limit_of_repeats(case)}"
    )
    return [{"text": text, "article": _article(PROGRESSION)}]


def limit_of_repeats(case: Case) -> str:
    """ "Un semestre ne se redouble qu’une fois, et l’on en redouble 4 au plus, sauf force majeure."."""
    regulation = case.cohort.regulation
    each, most = regulation.repeats_per_semester, regulation.repeats_total
    times = "qu’une fois" if each == 1 else f"que {each} fois"
    return f"Un semestre ne se redouble {times}, et l’on en redouble {most} au plus, sauf force majeure."


def _plain(reason: Reason, case: Case) -> str:
    """What the rules say, without the code that the letter has said in words, competences by their names."""
    text = reason.text.replace(f"l’année est {case.verdict.year}.", "l’année est validée.")
    text = text.replace("pour être admis.", codes.agreed("pour être admis{|e}.", wording.gender(case)))
    told = in_words(_compared(text), case)
    return f"{told[:1].upper()}{told[1:]}"


def _compared(text: str) -> str:
    """A comparison of the rules without its sign: "7,00 < 8, chaque…" is "7,00, inférieur à 8 ; chaque…"."""
    return _BELOW.sub(r"\1, inférieur à \2 ;", text)


def in_words(text: str, case: Case) -> str:
    """A text of the rules to somebody outside: "RT1/2" and "RT1" become the competence's own words."""
    levels = {rcue.name: level_in_words(case, rcue.competence, rcue.level) for rcue in case.cohort.rcues}
    names = {rcue.competence: competence_in_short(case, rcue.competence) for rcue in case.cohort.rcues}
    known = levels | names
    if not known:
        return text
    asked = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    return re.sub(rf"(?<![\w/])({asked})(?![\w/])", lambda found: known[found[1]], text)


def competence_in_words(case: Case, name: str) -> str:
    """ "« Administrer les réseaux et l’Internet » (RT1)"."""
    title = competence_title(case, name)
    return f"« {title} » ({name})" if title else name


def competence_in_short(case: Case, name: str) -> str:
    """ "Administrer (RT1)"."""
    short = case.figures.context["competences"].get(name, {}).get("short", "")
    return f"{short} ({name})" if short and short != name else name


def level_in_words(case: Case, name: str, level: int) -> str:
    """ "le niveau 2 de la compétence « Administrer les réseaux et l’Internet » (RT1)"."""
    return f"le niveau {level} de la compétence {competence_in_words(case, name)}"


def competence_title(case: Case, name: str) -> str:
    """What the référentiel calls a competence; "" when a PV does not say."""
    return str(case.figures.context["competences"].get(name, {}).get("title", ""))


def _article(article: Article) -> str:
    """ "point 4.5", of the text that the letter names once; another text by its name."""
    text, number = article
    return f"point{NBSP}{number}" if text == BUT else str(article)


def _averages(case: Case, column: Column) -> dict[str, Any]:
    """A competence: the averages of its UE, of the RCUE, and what came of it."""
    units = [case.verdict.units[name] for name in column.units]
    rcue = case.verdict.rcues.get(column.rcue) if column.rcue else None
    code = rcue.code if rcue else (units[0].code if not column.rcue else None)
    average = rcue.average if rcue else None
    nothing = "sans résultat" if case.gone else "en attente"
    words = codes.words(code, "rcue" if column.rcue else "unit") if code else nothing
    minimum = case.cohort.regulation.rcue_minimum
    if code == Code.AJ and average is not None and average < minimum:
        words += f", sous {french.number(minimum)}"
    return {
        "competence": column.competence,
        "short": column.short,
        "units": [{"name": unit.unit, "average": french.number(unit.average)} for unit in units],
        "average": french.number(average) if column.rcue else "",
        "family": codes.family(code) if code else "slate",
        "sign": codes.sign(code) if code else "",
        "words": words,
    }


def _motives(case: Case) -> list[dict[str, str]]:
    """What the jury wrote of its decisions; those with the same words are told together."""
    return [
        {"about": listed(list(dict.fromkeys(_about(case, each) for each in same))), "motive": motive}
        for motive, group in groupby(case.decisions, key=lambda each: each.motive)
        if (same := list(group))
    ]


def _about(case: Case, decision: Taken) -> str:
    """What a decision is about, competences by their names."""
    competence, _, level = decision.subject.partition("/")
    return level_in_words(case, competence, int(level)) if level else decision.about


# ---------- what is kept, what is possible next ----------


def following(case: Case) -> list[str]:
    """What the student keeps and may do, a sentence each."""
    return [
        sentence.replace("(point ", f"(point{NBSP}")
        for sentence in (
            _kept(case),
            _by_the_level_above(case),
            *_next(case),
            *_diplomas(case),
        )
        if sentence
    ]


def _kept(case: Case) -> str:
    acquired = [
        unit.code
        for unit in case.cohort.units
        if unit.year == case.student.year
        and unit.code in case.verdict.units
        and case.verdict.units[unit.code].acquired
    ]
    if not acquired:  # of a year that a departure leaves undecided, there is nothing to say
        return "" if signing.is_a_fact(case) else "Aucune UE de l’année n’est acquise."
    year = wording.YEARS[case.student.year]
    units = plural(len(acquired), "l’UE acquise", "les UE acquises")
    return f"Vous gardez définitivement {units} de la {year} : {listed(acquired)} (point 4.3)."


def _by_the_level_above(case: Case) -> str:
    below = wording.acquired_below(case)
    if not below:
        return ""
    verb = plural(len(below), "est acquise", "sont acquises")
    return f"{listed(below)} {verb} par le niveau supérieur de la même compétence (point 4.3)."


def _next(case: Case) -> list[str]:
    """What the decision entails, to the student."""
    following = case.following
    match following.step:
        case Step.OPENS | Step.FINISHED:
            return [_opened(following), _to_compensate(following), _left_by_the_year(case)]
        case Step.CLOSED:
            return [_retake_for_s5(following), _left_by_the_year(case)]
        case Step.UNFINISHED:
            return [f"Il vous reste à acquérir, pour le BUT{NBSP}: {listed(list(following.again))}."]
        case Step.REPEATS:
            return _repeating(case)
        case Step.REFUSED | Step.DEFAULTS:
            return _leaving(case)
        case Step.RESIT:
            return ["Le jury se prononcera après le rattrapage : ce qui est acquis le reste d’ici là."]
        case Step.WAITS | Step.BLOCKED | Step.TO_DECIDE:
            return ["Le jury se prononcera de nouveau : ce qui est acquis le reste d’ici là."]
        case Step.GAP_YEAR:
            return [*_gap_year(case), _attested(case)]
        case Step.LEFT:
            return [_attested(case)]


def _attested(case: Case) -> str:
    """What a student who goes takes away."""
    if not case.credits.total:
        return (
            "Aucune UE ni aucun crédit n’a été acquis dans cette formation."
            if signing.is_a_fact(case)
            else ""
        )
    return "Une attestation des UE et des crédits acquis vous est délivrée sur demande."


def _opened(following: Following) -> str:
    """The next semester is open: of right, but where a jury decided it, or may have before (4.5)."""
    if not following.semester:
        return ""
    decided = following.code == Code.PAS1NCI or (following.year, following.semester) == (1, 5)
    right = "" if decided else " de droit"
    return (
        f"Le semestre {following.semester} vous est ouvert{right} (point 4.5){NBSP}: "
        "vous pouvez vous y inscrire."
    )


def _gap_year(case: Case) -> list[str]:
    """What a gap year is, and how one comes back."""
    return [
        "Une année blanche suspend vos études sans rien leur retirer : ce que vous avez acquis le reste, et "
        "elle ne compte pas comme un redoublement (point 4.5).",
        "Pour revenir, réinscrivez-vous pour l’année universitaire suivante, aux dates d’inscription de "
        f"l’établissement : vous reprendrez votre {wording.YEARS[case.student.year]} là où vous l’avez "
        "laissée. Le secrétariat du département vous renseigne.",
    ]


def _retake_for_s5(following: Following) -> str:
    """What opens S5 to who passed BUT2 with UE of BUT1 missing."""
    have_them = plural(len(following.again), "l’avez acquise", "les avez acquises")
    return (
        f"Reprenez {listed(list(following.again))}, de première année, en vous y inscrivant{NBSP}: "
        f"le semestre 5 s’ouvre dès que vous {have_them} (point 4.5)."
    )


def _to_compensate(following: Following) -> str:
    """What an odd semester leaves to the even one."""
    if not following.waiting:
        return ""
    verb = plural(len(following.waiting), "peut encore être acquise", "peuvent encore être acquises")
    return (
        f"{listed(list(following.waiting))} {verb} au semestre {following.semester}, par compensation "
        "dans la compétence (point 4.4)."
    )


def _left_by_the_year(case: Case) -> str:
    """What a passing year leaves to acquire."""
    left = [competence_in_short(case, each) for each in case.following.left]
    if not left:
        return ""
    what = plural(len(left), "La compétence", "Les compétences")
    verb = plural(len(left), "reste à acquérir", "restent à acquérir")
    return (
        f"{what} {listed(left)} {verb} : valider une compétence au niveau supérieur valide aussi "
        "son niveau inférieur (point 4.3)."
    )


def _repeating(case: Case) -> list[str]:
    """Which UE are taken again, competence by competence; which repeats are used, which are left (4.5)."""
    following = case.following
    again = []
    for rcue in case.cohort.rcues:
        units = [unit.code for unit in rcue.units if unit.code in following.again]
        if units:
            again.append(f"{listed(units)} en {competence_in_short(case, rcue.competence)}")
    semesters = listed([f"S{semester}" for semester in following.repeats])
    return [
        f"L’an prochain, vous reprenez {', '.join(again)}." if again else "",
        f"Vous redoublez {semesters} (point 4.5). {limit_of_repeats(case)}",
        _repeats_used(case),
    ]


def _repeats_used(case: Case) -> str:
    """ "Vous aurez alors redoublé 2 semestres : S3 et S4 ne pourront plus l’être."."""
    student, regulation = case.student, case.cohort.regulation
    done = {semester: times for semester, times in student.repeats.items() if times}
    for semester in case.following.repeats:
        done[semester] = done.get(semester, 0) + 1
    closed = [
        f"S{semester}"
        for semester, times in sorted(done.items())
        if times >= regulation.repeats_per_semester + student.extra_for(semester)
    ]
    used, most = sum(done.values()), regulation.repeats_total + student.extra_repeats
    told = f"Vous aurez alors redoublé {counted(used, 'semestre', 'semestres')} sur {most}"
    if student.extra_repeats:
        told += ", compte tenu de ce qui vous est accordé pour force majeure"
    if used >= most:
        return f"{told} : plus aucun redoublement ne sera possible."
    verb = plural(len(closed), "ne pourra plus l’être", "ne pourront plus l’être")
    return f"{told} : {listed(closed)} {verb}." if closed else f"{told}."


def _leaving(case: Case) -> list[str]:
    """The hearing and the advice that go with a refusal or a default (4.5)."""
    decision = case.year_decision
    advice = decision.advice.rstrip(".") if decision else ""
    return [
        f"Audition (point 4.5){NBSP}: {hearing.told(decision)}."
        if decision and hearing.told(decision) != hearing.NOT_RECORDED
        else "Aucune audition n’est consignée au procès-verbal (point 4.5).",
        f"Conseils du jury{NBSP}: {advice}." if advice else "",
        _attested(case),
    ]


def _diplomas(case: Case) -> list[str]:
    new = case.following.diplomas
    return [
        f"Vous obtenez le {name} : toutes les UE des semestres 1 à {DIPLOMAS[name][-1]} sont acquises."
        for name in new
    ]


# ---------- acquired UE ----------


def acquired_units(case: Case, day: str) -> list[dict[str, Any]]:
    """Every acquired UE, semester by semester: competence and level, average, code, credits, who gave it.

    `day`: of this jury (ISO).
    """
    given = units_given(case)
    rows = []
    for unit in case.cohort.units:
        verdict = case.verdict.units.get(unit.code)
        if verdict is None or verdict.code not in VALIDATING:
            continue
        rows.append(
            {
                "name": unit.code,
                "semester": f"S{unit.semester}",
                "competence": f"{competence_title(case, unit.competence) or unit.competence}, "
                f"niveau{NBSP}{unit.level}",
                "average": french.number(verdict.average),
                "code": str(verdict.code),
                "words": codes.words(verdict.code, "unit"),
                "ects": french.short(verdict.ects),
                "since": _given(case, unit.code, day, here=unit.code in given),
            }
        )
    return rows


def _given(case: Case, unit: str, day: str, *, here: bool) -> str:
    """Who gave an acquired UE, and when; one acquired before that this jury makes better says both."""
    before = case.person.get("granted", {}).get(unit)
    if not here:
        return past.jury_and_day(before) if before else _school_year(case, unit)
    told = past.jury_and_day(past.of_this_jury(case, day))
    known = case.student.earlier.get(unit)
    if known is None or known.code not in VALIDATING:
        return told
    since = past.jury_and_day(before) if before else _school_year(case, unit)
    return f"{told} ; déjà acquise{f' : {since}' if since else ''}"


def _school_year(case: Case, unit: str) -> str:
    """All that is known of a UE acquired before, in figures frozen before the ledger was kept."""
    since: str = case.person.get("since", {}).get(unit, "")
    return since
