"""Builds geo/report/fonts from Noto Sans CJK SC (Debian fonts-noto-cjk): GB2312 + Latin + signs, TrueType outlines.

    python tools/build_fonts.py /usr/share/fonts/opentype/noto

The collection's face 0 is Japanese; the SC face is taken by its name. OFL 1.1, licence beside the fonts.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, newTable

OUT = Path(__file__).parent.parent / "geo" / "report" / "fonts"
# Signs beyond GB2312 that the sheets use, and characters of water-town place names that GB2312 lacks.
EXTRA = (
    "–—‘’“”…·•′″※→←↑↓≤≥≠≈±×÷²³°㎡①②③④⑤⑥⑦⑧⑨⑩√✓✗✔✘■□▲△●○◆◇★☆％‰№〔〕【】《》「」"
    "畴圩浜溇塘埭漾荡淀泖泾溏堍塍漕汊滧垛垾湾甪陇墩埝圹湢泗洑茆盉㘰棣浒坵硖墅"
)

_LIMITS = (
    "maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
    "maxSizeOfInstructions", "maxComponentElements",
)  # fmt: skip


def characters() -> set[str]:
    """GB2312 (all rows), printable Latin-1 and the extra signs."""
    found = {chr(c) for c in range(0x20, 0x7F)} | {chr(c) for c in range(0xA0, 0x100)} | set(EXTRA)
    for high in range(0xA1, 0xFF):
        for low in range(0xA1, 0xFF):
            try:
                found.add(bytes([high, low]).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def build(collection: Path, weight: str) -> Path:
    """One weight as ``NotoSansSC-<weight>-subset.ttf``; returns its path."""
    font = next(f for f in TTCollection(str(collection)).fonts if f["name"].getDebugName(1) == "Noto Sans CJK SC")
    options = subset.Options()
    options.hinting = False
    options.desubroutinize = True
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GPOS", "GSUB", "DSIG"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(characters())))
    subsetter.subset(font)
    middle = OUT / f"{weight}.tmp.otf"
    font.save(middle)
    flat = TTFont(middle)
    _to_truetype(flat)
    for record in flat["name"].names:
        if record.nameID in (1, 16):
            record.string = "Noto Sans SC Tianchou"
        elif record.nameID == 4:
            record.string = f"Noto Sans SC Tianchou {weight}"
        elif record.nameID == 6:
            record.string = f"NotoSansSCTianchou-{weight}"
    target = OUT / f"NotoSansSC-{weight}-subset.ttf"
    flat.save(target)
    middle.unlink()
    return target


def _to_truetype(font: TTFont) -> None:
    """Cubic outlines to quadratic ones, one unit of 1000 off at most."""
    outlines, order = font.getGlyphSet(), font.getGlyphOrder()
    font["loca"] = newTable("loca")
    table = font["glyf"] = newTable("glyf")
    table.glyphOrder, table.glyphs = order, {}
    for name in order:
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True))
        table.glyphs[name] = pen.glyph()
    metrics = font["hmtx"].metrics
    for name in order:
        table.glyphs[name].recalcBounds(table)
        metrics[name] = (metrics[name][0], getattr(table.glyphs[name], "xMin", 0) or 0)
    del font["CFF "]
    limits = font["maxp"]
    limits.tableVersion = 0x00010000
    for field in _LIMITS:
        setattr(limits, field, int(field in ("maxZones", "maxComponentElements")))
    post = font["post"]
    post.formatType, post.extraNames, post.mapping, post.glyphOrder = 3.0, [], {}, order
    font.sfntVersion = "\x00\x01\x00\x00"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for weight in ("Regular", "Bold"):
        path = build(folder / f"NotoSansCJK-{weight}.ttc", weight)
        print(f"{path.name}: {path.stat().st_size:,} bytes")
