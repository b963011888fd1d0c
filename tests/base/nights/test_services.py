"""What a nightly act said is kept, whether it went well or not."""

import pytest

from butrt.base.nights.models import Run
from butrt.base.nights.services import WentWrong, last_runs, running

pytestmark = pytest.mark.django_db


def test_what_went_well_is_kept_with_what_it_said():
    with running(Run.Act.BACKUP) as run:
        run.summary = "42 tables"

    last = last_runs()["backup"]
    assert (last.went_well, last.summary) == (True, "42 tables")
    assert last.ended_at >= last.began_at


def test_what_went_wrong_is_kept_and_raised_again():
    with pytest.raises(WentWrong), running(Run.Act.DRILL):
        raise WentWrong("La table grades_mark diffère.")

    last = last_runs()["drill"]
    assert (last.went_well, last.summary) == (False, "La table grades_mark diffère.")


def test_the_last_run_of_an_act_is_the_one_that_began_last():
    with running(Run.Act.PROOF):
        pass
    with pytest.raises(OSError, match="disque"), running(Run.Act.PROOF):
        raise OSError("disque plein")

    assert last_runs()["proof"].summary == "OSError : disque plein"
