"""A refusal says the procedure followed: asked or not, invited, heard, or why not (4.5)."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from jury.cases import hearing
from jury.cases.hearing import Procedure
from jury.cases.proceedings import Proceedings
from jury.cases.refusals import Refusal
from jury.documents.minutes.document import minutes_page, render_minutes
from jury.models import Decision
from tests.jury import snapshots
from tests.jury.documents.test_minutes_document import text_of
from tests.jury.life import adopt, close, decide, open_jury, read
from tests.jury.world import all_at, make_world

JUNE, JULY, AUGUST = (datetime.date(2025, month, 1) for month in (6, 7, 8))


def taken(said="", **steps):
    return Proceedings.of_minutes(
        snapshots.minutes(
            decisions=[
                snapshots.decision(
                    "21000003", "year", "", "NAR", "Motif.", hearing=said, advice="BTS.", **steps
                )
            ]
        ).content
    ).decisions[0]


@pytest.mark.parametrize(
    ("decision", "told"),
    [
        (
            taken(
                "par le directeur des études",
                hearing_asked=True,
                invited_on="2025-06-01",
                heard_on="2025-07-01",
            ),
            "demandée, invitation du 1er juin 2025, tenue le 1er juillet 2025 ; par le directeur des études",
        ),
        (taken("ne s’est pas présenté.", hearing_asked=True), "demandée, non tenue ; ne s’est pas présenté"),
        (taken(hearing_asked=False), "non demandée"),
        (taken("Entendu le 7 juillet."), "Entendu le 7 juillet"),
        (taken(), "aucune n’est consignée"),
    ],
)
def test_the_procedure_is_told_as_it_was(decision, told):
    assert hearing.in_words(decision).replace("\xa0", " ") == told


@pytest.mark.parametrize(
    ("procedure", "said", "lacks"),
    [
        (Procedure(True, None, None), "", "donner son jour, ou écrire pourquoi"),
        (Procedure(True, None, None), "Ne s’est pas présenté.", ""),
        (Procedure(True, None, JUNE), "", ""),
        (Procedure(False, None, None), "", ""),
        (Procedure(True, JULY, JUNE), "", "L’invitation précède l’audition"),
        (Procedure(True, None, AUGUST), "", "L’audition précède la décision"),
        (Procedure(True, None, JULY), "", ""),
    ],
)
def test_steps_that_do_not_hold_together_say_why(procedure, said, lacks):
    found = procedure.lacks(said, JULY)

    assert lacks in found
    assert bool(found) == bool(lacks)


@pytest.mark.django_db
class TestRefusal:
    @pytest.fixture
    def world(self):
        world = make_world({"DUPONT": all_at("9")})
        open_jury(world)
        return world

    def test_the_service_refuses_what_does_not_hold(self, world):
        with pytest.raises(Refusal, match="Une audition a été demandée : donner son jour"):
            decide(world, "DUPONT", "NAR", advice="BTS.", procedure=Procedure(True))

        assert not Decision.objects.exists()

    def test_the_database_refuses_an_invitation_after_the_hearing(self, world):
        decide(world, "DUPONT", "NAR", advice="BTS.", procedure=Procedure(True, JUNE, JUNE))

        with pytest.raises(IntegrityError, match="decision_invited_then_heard"), transaction.atomic():
            Decision.objects.update(invited_on=JULY)

    def test_the_minutes_tell_procedure_motive_and_advice(self, world):
        day = world.session.date
        decide(
            world,
            "DUPONT",
            "NAR",
            motive="Deux redoublements épuisés.",
            advice="Un BTS.",
            hearing="par le directeur des études",
            procedure=Procedure(True, day, day),
        )
        adopt(world)
        version = close(world)
        (refusal,) = minutes_page(version, Proceedings.of_minutes(version.content))["refusals"]

        assert (refusal["motive"], refusal["advice"]) == ("Deux redoublements épuisés.", "Un BTS")
        assert refusal["hearing"].startswith("demandée, invitation du ")
        text = text_of(render_minutes(version).content)
        assert (
            "par le directeur des études. Motif : « Deux redoublements épuisés. » Conseils : Un BTS." in text
        )
        assert "année NAR : décision du jury, enregistrée le" in text
        assert f"décidé par {world.president}" not in text

    def test_closing_tells_whose_procedure_nobody_wrote(self, client, world):
        decide(world, "DUPONT", "NAR", advice="BTS.")
        client.force_login(world.president)
        page = client.get(reverse("jury:close", args=[world.session.pk])).text
        assert "1 refus sans sa procédure" in page

        decide(world, "DUPONT", "NAR", advice="BTS.", procedure=Procedure(False))
        page = client.get(reverse("jury:close", args=[world.session.pk])).text
        assert "sans sa procédure" not in page

    def test_the_card_asks_whether_they_asked(self, client, world):
        client.force_login(world.president)
        address = reverse("jury:card", args=[world.session.pk, world.student("DUPONT").number])
        sent = {"target": "year:", "code": "NAR", "motive": "Motif.", "advice": "BTS.", "seen": 0}
        sent |= {"confirmed": "year:=NAR", "heard_on": "2025-06-01", "hearing": "par le directeur"}
        refused = client.post(address, sent).text
        assert "Dire si une audition a été demandée" in refused
        assert 'name="heard_on" value="2025-06-01"' in refused

        assert client.post(address, sent | {"hearing_asked": "1"}).status_code == 302
        (decision,) = read(world).decisions
        assert Procedure.of(decision) == Procedure(True, None, JUNE)

    def test_another_decision_keeps_no_procedure(self, client, world):
        client.force_login(world.president)
        address = reverse("jury:card", args=[world.session.pk, world.student("DUPONT").number])
        sent = {"target": "year:", "code": "RED", "motive": "Motif.", "seen": 0, "confirmed": "year:=RED"}
        sent |= {"hearing_asked": "1", "heard_on": "2025-06-01"}

        assert client.post(address, sent).status_code == 302
        assert Procedure.of(read(world).decisions[0]) == Procedure()
