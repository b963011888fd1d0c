"""Figures of a PV of 100 students, printed and not judged: see tests/benchmarks/README.md."""

from time import perf_counter

import pytest

from butrt.base.documents.signing import SignatureField, add_signature_fields, sign
from butrt.base.documents.verifying import revisions, verify
from tests.base.documents.conftest import BODY, make_document
from tests.benchmarks import MEASURED

STUDENTS = 100 if MEASURED else 10


def make_table(students: int) -> str:
    """A row as the PV prints it: who, five competences of two UE and a RCUE, the year, the credits."""
    competence = """<td class="n ue sep">10,84</td><td class="n ue">9,12</td>
        <td class="n rc kk k-blue">9,98<span class="sign">↔</span></td>"""
    rows = "".join(
        f"""<tr><th class="who" scope="row"><b>ZIELIŃSKI</b> Adam<small>n° 2299{i:04}</small></th>
        {competence * 5}<td class="yr sep"><b>ADM</b><small>admis</small></td><td class="n ec">60</td></tr>"""
        for i in range(students)
    )
    return f'<table class="dec"><thead><tr><th>Étudiant</th></tr></thead><tbody>{rows}</tbody></table>'


@pytest.mark.benchmark
def test_pv_of_a_class(president, seal, roots):
    steps = {}
    start = perf_counter()

    def done(step: str) -> None:
        nonlocal start
        steps[step] = perf_counter() - start
        start = perf_counter()

    make_document()
    done("first document of the process")
    rendered = make_document(make_table(STUDENTS) + BODY)
    done("rendering")
    places = [SignatureField(name, name, rendered.boxes[name]) for name in ("sig-president", "sig-seal")]
    pdf = add_signature_fields(rendered.content, places)
    done("fields")
    words = {"reason": "Approbation", "location": "Valbrume"}
    pdf = sign(pdf, field="sig-president", signer=president, role="présidente", certify=True, **words)
    done("president")
    pdf = sign(pdf, field="sig-seal", signer=seal, role="cachet", final=True, **words)
    done("seal")
    found = verify(pdf, trust_roots=roots, stored_revisions=revisions(pdf))
    done("verifying")

    print(f"\nPV of {STUDENTS} students, {rendered.pages} pages, {len(pdf) // 1000} kB")
    print("".join(f"  {step}: {seconds:.2f} s\n" for step, seconds in steps.items()))
    assert found.intact
