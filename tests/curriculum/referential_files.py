"""Référentiels in Orébut's layout, made here: no file of anybody is copied."""

from xml.sax.saxutils import quoteattr

GMP = (
    # short, number, title, niveaux (year), parcours
    ("Spécifier", 1, "Spécifier les exigences d’un client", (1, 2, 3), ("II", "SNRV")),
    ("Développer", 2, "Déterminer la solution optimale", (1, 2), ("II", "SNRV")),
    ("Innover", 5, "Collaborer à l’innovation", (2, 3), ("II",)),
    ("Virtualiser", 5, "Virtualiser un produit ou un procédé", (2, 3), ("SNRV",)),
)


def orebut(competences=GMP, *, name="nom_court", ids=True, years=True, root="referentiel_competence") -> str:
    """The référentiel of an invented GMP; `name` is how the short name is written."""
    rows = [_competence(each, name, ids, years) for each in competences]
    codes = dict.fromkeys(code for each in competences for code in each[4])
    parcours = [_parcours(number, code, competences, ids) for number, code in enumerate(codes)]
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<{root} specialite="GMP" specialite_long="Génie mécanique et productique" '
        'type="B.U.T." annexe="14" type_structure="type1" version="2021-12-11 00:00:00">'
        f"<competences>{''.join(rows)}</competences><parcours>{''.join(parcours)}</parcours></{root}>"
    )


def _competence(each, name, ids, years) -> str:
    short, number, title, taught, _ = each
    levels = "".join(
        f'<niveau ordre="{order}" libelle={quoteattr(f"{short}, niveau {order}")}'
        + (f' annee="BUT{year}"' if years else "")
        + "><acs><ac code='AC1'>Un apprentissage</ac></acs></niveau>"
        for order, year in enumerate(taught, start=1)
    )
    return (
        f'<competence {name}={quoteattr(short)} numero="{number}" libelle_long={quoteattr(title)} '
        f'couleur="c1"{_id(each, ids)}><situations><situation>…</situation></situations>'
        f"<niveaux>{levels}</niveaux></competence>"
    )


def _parcours(number, code, competences, ids) -> str:
    years = ""
    for year in (1, 2, 3):
        named = "".join(
            f'<competence niveau="{each[3].index(year) + 1}" numero="{each[1]}" nom={quoteattr(each[0])}'
            f"{_id(each, ids)}/>"
            for each in competences
            if code in each[4] and year in each[3]
        )
        years += f'<annee ordre="{year}">{named}</annee>'
    about = f'numero="{number}" code="{code}" libelle="Parcours {code}"'
    return f"<parcour {about}><annees>{years}</annees></parcour>"


def _id(each, ids) -> str:
    return f' id="{each[0].lower()}-4f3a"' if ids else ""
