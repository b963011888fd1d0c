import io
import re

import pytest
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils.reader import PdfFileReader

from butrt.base.documents import render
from butrt.base.documents.characters import printable
from butrt.base.documents.kept import Box
from butrt.base.documents.render import STATIC, STYLESHEET, render_pdf
from butrt.base.documents.verifying import embedded_files
from tests.base.documents.conftest import BODY, MOMENT, NOTES, SIGNS, make_document, make_page
from tests.base.documents.tools import text_of


def test_same_page_gives_same_bytes_whatever_was_printed_before():
    first = make_document()
    make_document("<p>Autre chose, en <b>gras</b>.</p>")

    assert make_document() == first


def test_what_is_written_once_is_what_pydyf_writes(monkeypatch, rendered):
    monkeypatch.setattr(render, "_WrittenOnce", lambda thing: thing)

    assert make_document() == rendered


def test_the_indentation_of_a_template_is_no_part_of_its_page():
    indented = """
      <table>
        <tbody>
          <tr>
            <td>
              Moyenne <b>d’UE</b>
              12,5
            </td>
          </tr>
        </tbody>
      </table>
      <ul>
        <li>
          acquise
        </li>
      </ul>
    """
    table = "<table><tbody><tr><td>Moyenne <b>d’UE</b>\n12,5</td></tr></tbody></table>"
    flat = f"\n{table}\n<ul><li>acquise</li></ul>"

    assert make_document(indented) == make_document(flat)
    assert "Moyenne d’UE 12,5" in text_of(make_document(indented).content)


def test_identifier_tells_documents_apart():
    assert make_document(identifier=b"one").content != make_document(identifier=b"two").content


def test_attachments_are_embedded(rendered):
    assert embedded_files(rendered.content) == {"notes.json": NOTES, "cohorte.json": b"{}"}


def test_attachments_keep_their_type_and_moment(rendered):
    names = PdfFileReader(io.BytesIO(rendered.content)).root["/Names"]["/EmbeddedFiles"]["/Names"]
    file = names[3]

    assert (file["/UF"], file["/Desc"], file["/AFRelationship"]) == ("notes.json", "Notes du jury", "/Data")
    assert file["/EF"]["/F"]["/Subtype"] == "/application/json"
    assert file["/EF"]["/F"]["/Params"]["/ModDate"] == "D:20250715144200Z"


def test_metadata_come_from_the_call(rendered):
    information = PdfFileReader(io.BytesIO(rendered.content)).trailer_view["/Info"]

    assert information["/Title"] == "Procès-verbal d’essai"
    assert information["/CreationDate"] == "D:20250715144200Z"


def test_no_object_stream(rendered):
    assert b"/ObjStm" not in rendered.content


def test_boxes_are_in_points_from_the_bottom_left(rendered):
    assert rendered.pages == 2
    assert list(rendered.boxes) == ["sig-president", "sig-member", "sig-seal"]
    left, bottom, right, top = president = rendered.boxes["sig-president"]
    assert isinstance(president, Box)
    assert president.page == 1
    assert 34 < left < right < 842 / 3  # a quarter of a landscape A4, after its margin of 12 mm
    assert 595 / 2 < bottom < top < 595 - 34  # in the upper half of the page


def test_boxes_are_given_for_the_prefix_only():
    page = make_page('<p id="sig-a">a</p><p id="other">b</p>')

    def boxes(**options):
        return render_pdf(page, title="x", identifier=b"x", created=MOMENT, **options).boxes

    assert list(boxes(anchors="sig-")) == ["sig-a"]
    assert boxes() == {}


def test_footers_come_from_the_page(rendered):
    text = text_of(rendered.content)

    assert "PV de démonstration" in text
    assert "7Q4M-X2KD-9RTF · page 1 sur 2" in text


def test_signs_and_letters_are_in_the_text(rendered):
    text = text_of(rendered.content)

    assert set(SIGNS) <= set(text) | {" "}
    assert "ZIELIŃSKI" in text


def test_only_bundled_fonts_are_embedded(rendered):
    names = set(re.findall(rb"/FontName /\w+\+([\w-]+)", rendered.content))

    assert names
    assert all(name.startswith((b"Jury-Sans", b"Jury-Serif")) for name in names)


@pytest.mark.parametrize("weight", ["400", "500", "600", "700"])
def test_every_weight_has_the_same_characters(weight):
    with TTFont(STATIC / "fonts" / f"jury-sans-{weight}.woff2") as font:
        assert {chr(code) for code in font.getBestCmap()} == printable() - set("\t\n\r\f")


def test_printable_covers_the_names_of_europe_and_vietnam():
    names = "Łukasz Żółć Őrsi Ștefan Ğül Nguyễn Thị Ánh Ḥasan Kóstas Κώστας Ігор Đặng Siân Ŵyn ʻEleu Ə"

    assert set(names) <= printable()


def test_stylesheet_prints_no_character_that_fonts_lack():
    for path in (STYLESHEET, *STATIC.glob("documents/*.css")):
        assert set(path.read_text()) <= printable(), path


@pytest.mark.parametrize(
    ("body", "printed"),
    [
        ("<p>Un sourire \U0001f642 de trop</p>", "Un sourire [emoji U+1F642] de trop"),
        ("<ul><li>après <b>gras</b> שלום</li></ul>", "après gras [lettre hébraïque U+05E9, U+05DC, U+05D5…]"),
        ("<p>sans\u200blargeur</p>", "sans[caractère invisible U+200B]largeur"),
        ("<p>voir<br>\uf0b7 ici</p>", "voir [puce de Word U+F0B7] ici"),
    ],
)
def test_a_character_without_glyph_is_named_in_brackets_and_the_document_says_so(body, printed):
    text = " ".join(text_of(make_document(body).content).split())

    assert printed in text
    assert "que ses polices ne savent pas imprimer" in text


def test_a_footer_without_glyph_is_named_too():
    page = make_page().replace("PV de démonstration", "PV 李")

    text = text_of(render_pdf(page, title="x", identifier=b"x", created=MOMENT).content)

    assert "PV [idéogramme U+674E]" in text


def test_a_document_that_prints_whole_says_nothing_of_its_fonts():
    assert "polices" not in text_of(make_document("<p>Reçu</p>").content)


def test_a_decomposed_letter_is_composed():
    assert "é" in text_of(make_document("<p>De\u0301bat</p>").content)


def test_a_comment_or_a_title_may_hold_anything():
    assert make_document("<!-- 李 --><p>Bonjour</p>").pages == 1


def test_nothing_is_fetched_outside_of_static(caplog, tmp_path):
    picture = tmp_path / "secret.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')

    make_document(f'<img src="{picture.as_uri()}" alt="a"><img src="http://example.com/a.png" alt="b">')

    assert "outside of static/" in caplog.text
    assert "disallowed protocol" in caplog.text


def test_a_drawing_without_words_is_refused():
    with pytest.raises(ValueError, match="aria-label"):
        make_document('<svg viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>')


@pytest.mark.parametrize("look", ["pv", "releve", "lettre"])
def test_each_look_has_its_page(look):
    page = make_page(BODY).replace('class="doc pv"', f'class="doc {look}"')
    content = render_pdf(page, title="x", identifier=b"x", created=MOMENT).content
    width, height = ("841.889764", "595.275591") if look == "pv" else ("595.275591", "841.889764")

    assert f"/MediaBox [0 0 {width} {height}]".encode() in content.replace(b".0 ", b" ").replace(
        b"-0 ", b"0 "
    )
