"""What follows: what they keep, what they may do next."""

from __future__ import annotations

from butrt.base.french import NBSP, listed, plural, several
from jury.cases import hearing, wording
from jury.cases.case import Case
from jury.documents.letters import signatory as signing
from jury.documents.letters.sentences.competences import competence_in_short
from jury.documents.letters.sentences.grounds import limit_of_repeats
from jury.rules import Code
from jury.rules.following import Following, Step
from jury.rules.programme import DIPLOMAS


def following(case: Case) -> list[str]:
    """What the student keeps and may do, a sentence each."""
    return [
        sentence.replace("(point ", f"(point{NBSP}")
        for sentence in (
            _kept(case),
            _by_the_level_above(case),
            *what_next(case),
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


def what_next(case: Case) -> list[str]:
    """What the decision entails, to the student."""
    following = case.following
    match following.step:
        case Step.OPENS | Step.FINISHED:
            return [_opened(following), _to_compensate(following), _left_by_the_year(case)]
        case Step.CLOSED:
            return [_retake_for_s5(following), _left_by_the_year(case)]
        case Step.UNFINISHED:
            return [f"Il vous reste à acquérir, pour le BUT{NBSP}: {listed(following.again)}."]
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
        f"Reprenez {listed(following.again)}, de première année, en vous y inscrivant{NBSP}: "
        f"le semestre 5 s’ouvre dès que vous {have_them} (point 4.5)."
    )


def _to_compensate(following: Following) -> str:
    """What an odd semester leaves to the even one."""
    if not following.waiting:
        return ""
    verb = plural(len(following.waiting), "peut encore être acquise", "peuvent encore être acquises")
    return (
        f"{listed(following.waiting)} {verb} au semestre {following.semester}, par compensation "
        "dans la compétence (point 4.4)."
    )


def _left_by_the_year(case: Case) -> str:
    """What a passing year leaves to acquire."""
    left = [competence_in_short(case, competence) for competence in case.following.left]
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
        if times >= regulation.repeats_per_semester + student.extra_repeats_of(semester)
    ]
    used, most = sum(done.values()), regulation.repeats_total + student.extra_repeats_in_all
    sentence = f"Vous aurez alors redoublé {several(used, 'semestre')} sur {most}"
    if student.extra_repeats_in_all:
        sentence += ", compte tenu de ce qui vous est accordé pour force majeure"
    if used >= most:
        return f"{sentence} : plus aucun redoublement ne sera possible."
    verb = plural(len(closed), "ne pourra plus l’être", "ne pourront plus l’être")
    return f"{sentence} : {listed(closed)} {verb}." if closed else f"{sentence}."


def _leaving(case: Case) -> list[str]:
    """The hearing and the advice that go with a refusal or a default (4.5)."""
    decision = case.year_decision
    advice = decision.advice.rstrip(".") if decision else ""
    return [
        f"Audition (point 4.5){NBSP}: {hearing.in_words(decision)}."
        if decision and hearing.in_words(decision) != hearing.NOT_RECORDED
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
