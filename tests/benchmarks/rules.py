"""How fast the rules are, beside pandas and NumPy, and who decides ties wrongly: a table to print.

    .venv/bin/python -m tests.benchmarks.rules [--quick]

Times are of the processor (the machine may be shared), the best of a few runs. pandas and NumPy are never
needed at run time: `pip install --group perf` (pip 25.1) or `pip install pandas numpy` adds their columns.
"""

import argparse
import gc
import inspect
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

from jury.cases.cohortfile import read_cohort, read_student
from jury.rules import decide, sentences
from jury.rules.draft import Draft

from . import exactness
from .crowd import as_lines, cohort_head, make_students

ROOT = Path(__file__).parents[2]
BLOCK = 1000  # different students in a stream; they come again under the same names
OURS, SILENT = "décider, des notes aux explications", "décider, sans explications"
FULL = {
    "sizes": (100, 1000, 10_000),
    "streams": (1000, 10_000, 100_000),
    "averages": 1_000_000,
    "class": 120,
    "rounds": 8,
}
QUICK = {"sizes": (20,), "streams": (50,), "averages": 1000, "class": 10, "rounds": 1}


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Vitesse et exactitude des règles.")
    parser.add_argument("--quick", action="store_true", help="de petits nombres, pour voir que tout tourne")
    quick = parser.parse_args(arguments).quick
    numbers = QUICK if quick else FULL
    print(f"Python {platform.python_version()} ({sys.executable}), {os.cpu_count()} processeurs.")
    print_streams(numbers["streams"])  # first: a process is counted the memory of the one that started it
    rivals = find_rivals()
    print_class(numbers["class"], numbers["rounds"])
    print_in_process(numbers["sizes"], rivals, numbers["rounds"])
    print_exactness(numbers["averages"], pandas_too=rivals is not None)


def find_rivals():
    """The module of pandas and NumPy, or None where they are not installed."""
    try:
        from . import rivals
    except ImportError as error:
        print(f"\nSans pandas ni NumPy ({error}) : pip install pandas numpy ajoute leurs lignes.")
        return None
    return rivals


# ------------------------------------------------------------------------------------------- in process


def print_class(size, rounds):
    """A class as a jury has it (120 students), some 240 marks each."""
    cohort = read_cohort(cohort_head())
    objects = list(make_students(size, marks=7))
    students = [read_student(obj, cohort) for obj in objects]
    marks = sum(len(element.marks) for element in students[0].elements.values())
    times = processor_times(
        {
            OURS: lambda: decide_all(students, cohort),
            SILENT: lambda: decide_silently(students, cohort),
            "lire les objets, avant": lambda: [read_student(obj, cohort) for obj in objects],
        },
        rounds,
    )
    print_table(
        f"Une promotion : {size} étudiants × {marks} notes",
        ["", "ms"],
        [[name, f"{spent * 1000:.1f}"] for name, spent in times.items()],
    )


def print_in_process(sizes, rivals, rounds):
    """Students a second, from marks already in memory to the codes of UE, RCUE and year."""
    head = cohort_head()
    cohort, units = read_cohort(head), head["units"]
    rates = {}
    for size in sizes:
        objects = list(make_students(size))
        students = [read_student(obj, cohort) for obj in objects]
        acts = ours(students, objects, cohort) | others(objects, units, rivals)
        times = processor_times(acts, rounds)
        for name, spent in times.items():
            rate = f"{size / spent:.0f}"
            if "pandas" in name:
                different = count_different(acts[name](), students, cohort)
                rate += f" (le nôtre × {spent / times[OURS]:.1f} ; {different} étudiants autrement)"
            rates.setdefault(name, []).append(rate)
    title = "En mémoire, 36 éléments (78 lignes) × 3 notes : étudiants par seconde de processeur"
    print_table(title, ["manière", *map(spaced, sizes)], [[name, *found] for name, found in rates.items()])


def ours(students, objects, cohort):
    return {
        OURS: lambda: decide_all(students, cohort),
        SILENT: lambda: decide_silently(students, cohort),
        "lire les objets et décider": lambda: read_and_decide(objects, cohort),
    }


def others(objects, units, rivals):
    if rivals is None:
        return {}
    frame, columns = rivals.marks_frame(objects), rivals.marks_columns(objects)
    arrays = rivals.marks_arrays(objects, units)
    return {
        "pandas, un seul tableau": lambda: rivals.decide_with_pandas(frame, units),
        "pandas, un élément à la fois": lambda: rivals.decide_by_element(frame, units),
        "pandas, un tableau par élément (ScoDoc)": lambda: rivals.decide_like_scodoc(columns, units),
        "NumPy sur des entiers (la limite)": lambda: rivals.decide_with_numpy(arrays, units),
    }


def count_different(codes, students, cohort):
    """How many students have, by another manner, a code that the rules do not give."""
    different = 0
    for student in students:
        verdict = decide(student, cohort)
        ours = {name: unit.code for name, unit in verdict.units.items()} | {"year": verdict.year}
        ours |= {name.partition("/")[0]: rcue.code for name, rcue in verdict.rcues.items()}
        different += codes[student.id] != ours
    return different


def decide_all(students, cohort):
    for student in students:
        decide(student, cohort)


def read_and_decide(objects, cohort):
    for obj in objects:
        decide(read_student(obj, cohort), cohort)


def say_nothing(*arguments, **more):
    return []


def decide_silently(students, cohort):
    """The rules without their explanations: no sentence is written, nothing is kept of what they tell."""
    silent = {name: say_nothing for name, told in vars(sentences).items() if is_a_sentence(told)}
    with mock.patch.object(Draft, "tell", say_nothing), mock.patch.multiple(sentences, **silent):
        decide_all(students, cohort)


def is_a_sentence(told):
    return inspect.isfunction(told) and told.__module__ == sentences.__name__


# --------------------------------------------------------------------------------------- the command


def print_streams(sizes):
    """`decide --lines`, fed and emptied by pipes."""
    head = cohort_head()
    block = b"".join(as_lines(make_students(min(BLOCK, max(sizes)))))
    rows = []
    for jobs in (1, 2):
        start, _, memory = stream(head, b"", 0, jobs)
        rows.append(["0", jobs, f"{start:.2f}", "", "", f"{memory:.0f}"])
        for size in sizes:
            spent, lasted, memory = stream(head, block, -(-size // BLOCK), jobs)
            rate = size / (spent - start)
            rows.append([spaced(size), jobs, f"{spent:.2f}", f"{rate:.0f}", f"{lasted:.2f}", f"{memory:.0f}"])
    titles = ["étudiants", "jobs", "processeur (s)", "par s de processeur*", "durée (s)", "mémoire (Mo)**"]
    print_table(
        "La commande, `decide - --lines`, 36 éléments × 3 notes, explications comprises", titles, rows
    )
    print("* Une fois démarrée. ** Du plus gros processus.")


def stream(head, block, times, jobs):
    """(seconds of processor, seconds, peak memory in MB) of the command and of its processes."""
    command = [sys.executable, "manage.py", "decide", "-", "--lines", "-o", os.devnull, "--jobs", str(jobs)]
    begin = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) as process:
        process.stdin.write(json.dumps(head).encode() + b"\n")
        for _ in range(times):
            process.stdin.write(block)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("la commande a échoué.")
    lasted = time.perf_counter() - begin
    return usage.ru_utime + usage.ru_stime, lasted, usage.ru_maxrss / 1024


# ------------------------------------------------------------------------------------------ exactness


def print_exactness(number, *, pandas_too):
    wrong, seen = exactness.count_wrong(number, pandas_too)
    rows = [["(cas)", *(spaced(seen[kind]) for kind in exactness.KINDS), spaced(seen.total())]]
    rows += [
        [name, *(spaced(found[kind]) for kind in exactness.KINDS), spaced(found.total())]
        for name, found in wrong.items()
    ]
    title = "Exactitude : moyennes d’UE mal décidées (acquise à 10, arrondie au plus proche, 9,995 compris)"
    print_table(title, ["manière", *exactness.KINDS, "en tout"], rows)


# ----------------------------------------------------------------------------------------------- tools


def processor_times(acts, rounds, repeats=3, enough=15.0):
    """The best time of each act, in seconds of processor.

    In turn, so that a busy moment is for all; a few times in a row, so that none pays for what the one
    before it left in the caches.
    """
    gc.collect()
    gc.freeze()  # what waits in memory is not what is measured
    best, begin = dict.fromkeys(acts, float("inf")), time.process_time()
    for turn in range(rounds):
        for name, act in acts.items():
            for _ in range(repeats):
                started = time.process_time()
                act()
                best[name] = min(best[name], time.process_time() - started)
        if turn and time.process_time() - begin > enough:
            break
    gc.unfreeze()
    return best


def spaced(number):
    return f"{number:,}".replace(",", " ")


def print_table(title, head, rows):
    print(f"\n{title}\n")
    print(f"| {' | '.join(map(str, head))} |")
    print(f"|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")


if __name__ == "__main__":
    main()
