"""A line read quickly is the line read carefully: the same object, or the same refusal."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jury.cases.cohortfile import parse
from jury.cases.cohortlines import parse_line, write_line
from jury.cases.cohortvalues import CohortError

NAMES = st.sampled_from(["a", "b", ":", '":', "é", "\\", "\u2028", '"'])
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NAMES | st.text(max_size=5)


def written(value) -> str:
    """JSON in which a list of pairs is an object, so that a field may be written twice."""
    if isinstance(value, tuple):
        return "{" + ", ".join(f"{json.dumps(name)} : {written(each)}" for name, each in value) + "}"
    if isinstance(value, list):
        return f"[{','.join(map(written, value))}]"
    return json.dumps(value, ensure_ascii=False)


VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(NAMES, inner), max_size=4).map(tuple),
    max_leaves=12,
)


def answer(read, text: bytes):
    """What is read, or why it is not."""
    try:
        return read(text)
    except CohortError as error:
        return str(error)


@given(VALUES.map(lambda value: written(value).encode(errors="surrogatepass")))
@example(b'{"a":1,"a":2}')
@example(b'{"a" : 1, "a" : 2}')
@example(b'{"a":":","b":{"c":1,"c":2}}')
@example(rb'{"a":1,"\u0061":2}')
@example(rb'{"a":"\u003a","b":1,"b":2}')
@example(b'{"a":[{"b":":::"},{"b":1,"b":":"}]}')
@example(b"\xef\xbb\xbf{}")
@example(b'{"a":NaN}')
@example(b'{"a":"\xff"}')
@example(rb'{"a":"\ud800"}')
@example(b"[" * 300 + b"]" * 300)
@example(b"[" * 100_000)
@example(b"")
def test_a_line_is_read_as_the_whole_file_is(text):
    assert answer(parse_line, text) == answer(parse, text)


@pytest.mark.parametrize("text", [b'{"id":"a","id":"b"}', b'{"id":"a","jury":{"year":"RED","year":"ADM"}}'])
def test_a_field_written_twice_is_refused_however_quickly_it_is_read(text):
    with pytest.raises(CohortError, match="est écrit deux fois dans le même objet"):
        parse_line(text)


def test_a_line_is_written_without_line_breaks_and_with_its_accents():
    assert write_line({"id": "Zieliński\n", "ects": None}) == '{"id":"Zieliński\\n","ects":null}'.encode()
