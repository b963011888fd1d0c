"""What teachers and students do, played by locust (no Django here). BUTRT_SCALE is the folder of the run.

`people.json` of that folder says who and where; `facts.jsonl` receives what each client was answered. A
request that fails is asked again until it is answered, as the page's script does: the same cells, the same
versions.
"""

import itertools
import json
import os
import random
import time
from pathlib import Path

import gevent
from locust import FastHttpUser, events, task

FOLDER = Path(os.environ["BUTRT_SCALE"])
RUN = json.loads((FOLDER / "people.json").read_text())
CSRF = "x" * 32
PATIENCE = 60  # seconds that a client waits for an answer
AGAIN = 1.0  # second before a client asks again what failed
OPENED_EVERY = 20  # marks, then the teacher opens the sheet again
COME_WITHIN = 0.7  # of the run
_facts = (FOLDER / "facts.jsonl").open("a", buffering=1)


def note(**fact):
    _facts.write(json.dumps({"at": time.time(), **fact}) + "\n")


class Person(FastHttpUser):
    """Somebody signed in, who waits between two acts as `pace` says (seconds, from, to)."""

    abstract = True
    host = RUN["hosts"][0]
    connection_timeout = network_timeout = PATIENCE

    def on_start(self):
        self.me = next(self.people)
        self.hosts = itertools.cycle(random.sample(RUN["hosts"], len(RUN["hosts"])))
        self.headers = {
            "Cookie": f"sessionid={self.me['session']}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "X-Requested-With": "fetch",
        }
        gevent.sleep(random.uniform(0, min(sum(self.pace) / 2, COME_WITHIN * RUN["seconds"])))

    def wait_time(self):
        return random.uniform(*self.pace)

    def ask(self, kind, path, understand, cells=None):
        """What `understand` makes of the answer (None: not the right one); asked until there is one."""
        again = False
        while (understood := self._ask_once(kind, path, understand, cells, again=again)) is None:
            again = True
            gevent.sleep(AGAIN)
        return understood

    def _ask_once(self, kind, path, understand, cells, *, again):
        since = time.perf_counter()
        method, sent = ("POST", {"json": {"cells": cells}}) if cells else ("GET", {})
        address = next(self.hosts) + path
        with self.client.request(
            method,
            address,
            headers=self.headers,
            name=kind,
            catch_response=True,
            allow_redirects=False,
            **sent,
        ) as response:
            spent = 1000 * (time.perf_counter() - since)
            understood = understand(response) if response.status_code == 200 else None
            failure = "" if understood is not None else why(response, spent)
            if failure:
                response.failure(failure)
            else:
                response.success()
        note(kind=kind, ms=round(spent), failure=failure, again=again)
        return understood


def why(response, spent):
    """What the client is told: a status, or that nobody answered."""
    if response.status_code:
        return str(response.status_code)
    if spent >= 1000 * PATIENCE:
        return f"no answer in {PATIENCE} s"
    return type(response.error).__name__


class Student(Person):
    """Opens « Mes notes », which must be their own."""

    fixed_count = len(RUN["students"])
    people = iter(RUN["students"])
    pace = RUN["pace"]["students"]

    @task
    def open_results(self):
        self.ask("student: Mes notes", "/mes-notes/", self.mine)

    def mine(self, response):
        return True if f"n° {self.me['number']}." in response.text else None


class Teacher(Person):
    """Fills an évaluation, student after student, then changes each mark again."""

    fixed_count = len(RUN["teachers"])
    people = iter(RUN["teachers"])
    pace = RUN["pace"]["teachers"]

    def on_start(self):
        super().on_start()
        self.versions, self.place = {}, 0
        self.open_sheet()

    def open_sheet(self):
        self.ask("teacher: the sheet", f"/elements/{self.me['teaching']}/", lambda response: True)

    @task
    def enter(self):
        enrolments = self.me["enrolments"]
        turn, place = divmod(self.place, len(enrolments))
        self.place += 1
        enrolment = enrolments[place]
        cell = {
            "a": self.me["assessment"],
            "e": enrolment,
            "v": self.versions.get(enrolment, 0),
            "t": str((turn + place) % 20),
        }
        note(asked=cell, by=self.me["user"])
        saved = self.ask("teacher: a mark", f"/elements/{self.me['teaching']}/notes/", first_cell, [cell])
        note(told=saved, asked_for=cell, by=self.me["user"])
        self.versions[enrolment] = saved["version"]
        if self.place % OPENED_EVERY == 0:
            self.open_sheet()


def first_cell(response):
    """What became of the only cell sent, whatever it is: the proof judges it."""
    return {name: response.json()["cells"][0][name] for name in ("a", "e", "state", "version", "text")}


@events.quit.add_listener
def close_facts(**_):
    _facts.close()
