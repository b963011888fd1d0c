"""Make the bundled fonts of `static/fonts` from their public sources (run by a developer, rarely).

    npm pack --ignore-scripts inter-ui@3.19.3 @expo-google-fonts/spectral@0.4.1   # and untar both
    python -m butrt.base.documents.make_fonts --inter 'package/Inter (web)' --spectral package

The files bear private names, so that an Inter or a Spectral installed on the machine never takes
their place. Both fonts are under the OFL 1.1: see the licences beside them.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from fontTools.ttLib.woff2 import WOFF2FlavorData

FONTS = Path(__file__).resolve().parents[3] / "static" / "fonts"
NARROW_NO_BREAK_SPACE, NO_BREAK_HYPHEN, THIN_SPACE, HYPHEN = 0x202F, 0x2011, 0x2009, 0x2010

# Everything a name, a title or a formula of a French department may hold: the Latin alphabets with
# Vietnamese and the transliterations, modern Greek, Cyrillic, punctuation, currencies, mathematics.
LETTERS = (
    *range(0x0020, 0x007F),
    *range(0x00A0, 0x0250),
    0x0259,
    *range(0x02B9, 0x02DE),
    *range(0x0300, 0x0337),
    *range(0x0370, 0x0400),
    *range(0x0400, 0x0530),
    *range(0x1E00, 0x1F00),
    *range(0x2000, 0x200B),
    *range(0x2010, 0x2028),
    *range(0x202F, 0x2060),
    *range(0x2070, 0x20C1),
    *range(0x2100, 0x2190),
    *range(0x2200, 0x2270),
)
# Signs of the codes, arrows, keys: in the sans only, so that a sign looks the same in any text.
SIGNS = (
    *range(0x2190, 0x2200),
    *range(0x2300, 0x2400),
    *range(0x25A0, 0x2600),
    *range(0x2600, 0x27C0),
    *range(0x27F5, 0x27FB),
)
# What a text may ask for. No `calt`: Inter's would turn a typed « -> » or « 2x3 » into something else.
FEATURES = "kern mark mkmk ccmp locl liga tnum lnum pnum case frac sups zero".split()  # noqa: SIM905
SANS = {"400": "Inter-Regular", "500": "Inter-Medium", "600": "Inter-SemiBold", "700": "Inter-Bold"}
SERIF = {
    "400": "400Regular/Spectral_400Regular",
    "400i": "400Regular_Italic/Spectral_400Regular_Italic",
    "600": "600SemiBold/Spectral_600SemiBold",
}


def subset(
    source: Path, characters: tuple[int, ...], family: str, features: Sequence[str] = FEATURES
) -> TTFont:
    """Keep the characters and features above, under a private family name."""
    font = TTFont(source)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap.setdefault(NARROW_NO_BREAK_SPACE, table.cmap[THIN_SPACE])
            table.cmap.setdefault(NO_BREAK_HYPHEN, table.cmap[HYPHEN])
    options = Options(layout_features=list(features), notdef_outline=True, hinting=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 4, 6, 16):
            record.string = family.replace(" ", "") if record.nameID == 6 else family
    return font


def save(font: TTFont, name: str) -> None:
    """Write a WOFF2 with its outlines as they are: 15 % bigger, but read in 5 ms and not in 120."""
    font.flavor = "woff2"
    font.flavorData = WOFF2FlavorData(transformedTables=())
    font.save(FONTS / f"{name}.woff2")


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the bundled fonts.")
    parser.add_argument("--inter", type=Path, required=True, help="directory of Inter-Regular.woff2")
    parser.add_argument("--spectral", type=Path, required=True, help="directory of 400Regular/")
    sources = parser.parse_args()
    for weight, name in SANS.items():
        font = subset(sources.inter / f"{name}.woff2", LETTERS + SIGNS, f"Jury Sans {weight}")
        save(font, f"jury-sans-{weight}")
    for weight, name in SERIF.items():
        font = subset(sources.spectral / f"{name}.ttf", LETTERS, f"Jury Serif {weight}")
        save(font, f"jury-serif-{weight}")
    # pyHanko writes widths in font units where PDF wants thousandths of an em: here they are the same.
    # And without kerning: reading its 12,000 pairs is half of the time of a signature.
    stamp = subset(sources.inter / "Inter-Regular.woff2", LETTERS, "Jury Stamp", features=())
    stamp.flavor = None
    scale_upem(stamp, 1000)
    stamp.save(FONTS / "jury-stamp.ttf")


if __name__ == "__main__":
    main()
