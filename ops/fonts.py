"""The fonts of the PDFs: Noto Sans CJK SC, regular and bold, cut once from the wheel.

    python -m ops.fonts var/fonts

Runs in `.venv`. WeasyPrint makes no bold of its own, and what it makes of a variable font
is not valid; so the two weights are pinned here, and `FONTCONFIG_FILE` names the file
beside them. The same two make a headless browser show Chinese. Whoever owns the fonts of
GB/T 9704 (FangSong, SimHei, FZXiaoBiaoSong) may put them there as well: the style sheet
asks for them first.
"""

import tempfile
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from xml.sax.saxutils import escape

import uharfbuzz as hb
from fontTools.ttLib import TTFont

WHEEL, PACKAGE = "manimgx-fonts-cjk", "manimgx_fonts_cjk"
COLLECTION = "NotoSansCJK-VF.otf.ttc"
SIMPLIFIED_CHINESE = 2  # the face's place in the collection
FAMILY = "Noto Sans CJK SC"
WEIGHTS = {"Regular": 400, "Bold": 700}
STAMP = "made-from.txt"

#: Latin to Cyrillic, signs and units such as ㎡, Han with its extensions, wide forms.
KEPT = [
    (0x0020, 0x04FF),
    (0x2000, 0x33FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE6F),
    (0xFF00, 0xFFEF),
    (0x20000, 0x2FFFE),
]

#: Only this folder, so that a report looks the same wherever it is made.
CONFIGURATION = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{folder}</dir>
  <cachedir>{folder}/cache</cachedir>
</fontconfig>
"""

# What the name table calls the names of a font.
FAMILY_NAME, STYLE_NAME, UNIQUE_ID, FULL_NAME, POSTSCRIPT_NAME = 1, 2, 3, 4, 6
TYPOGRAPHIC_STYLE = 17
ENGLISH, CHINESE = 0x409, 0x804
BOLD_SELECTED, REGULAR_SELECTED = 1 << 5, 1 << 6


def ensure(folder: Path) -> Path:
    """Have the fonts in `folder` and return the fontconfig file that names them.

    Takes some seconds the first time and nothing after. Two that do it at once do no
    harm: each file appears whole, and the stamp last.
    """
    folder = folder.resolve()
    (folder / "cache").mkdir(parents=True, exist_ok=True)
    configuration = CONFIGURATION.format(folder=escape(str(folder)))
    _put(folder / "fonts.conf", configuration.encode())

    recipe = sha256(Path(__file__).read_bytes()).hexdigest()
    made_from = f"{WHEEL} {version(WHEEL)}, {recipe}\n".encode()
    paths = [folder / f"NotoSansCJKsc-{style}.otf" for style in WEIGHTS]
    stamp = folder / STAMP
    if not (
        all(path.is_file() for path in (*paths, stamp))
        and stamp.read_bytes() == made_from
    ):
        # Some seconds each; and a fork would copy the threads of whoever asks.
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as both:
            for path, font in zip(paths, both.map(_made, WEIGHTS), strict=True):
                _put(path, font)
        _put(stamp, made_from)
    return folder / "fonts.conf"


def _put(path: Path, content: bytes) -> None:
    """Put a file in place in one step, for all to read; leave one that is right."""
    if path.is_file() and path.read_bytes() == content:
        return
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    Path(part.name).chmod(0o644)
    Path(part.name).replace(path)


def _made(style: str) -> bytes:
    return _named(_pinned(WEIGHTS[style]), style)


def _pinned(weight: int) -> bytes:
    """Return the Simplified Chinese face at one weight, with the characters kept."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SystemExit(f"The package {WHEEL} is not installed.")
    blob = hb.Blob.from_file_path(str(Path(spec.origin).with_name(COLLECTION)))
    face = hb.Face(blob, SIMPLIFIED_CHINESE)

    wanted = hb.SubsetInput()
    wanted.flags = (
        hb.SubsetFlags.DOWNGRADE_CFF2
        | hb.SubsetFlags.NO_HINTING
        | hb.SubsetFlags.PASSTHROUGH_UNRECOGNIZED
    )
    characters = wanted.sets(hb.SubsetInputSets.UNICODE)
    for first, last in KEPT:
        characters.add_range(first, last + 1)
    wanted.pin_axis_location(face, "wght", weight)
    return bytes(hb.subset(face, wanted).blob.data)


def _named(font: bytes, style: str) -> bytes:
    """Give a pinned font its own names: both still carry those of the thinnest."""
    face = TTFont(BytesIO(font), lazy=True)
    names = face["name"]
    names.removeNames(platformID=1)
    names.removeNames(nameID=TYPOGRAPHIC_STYLE)
    for language in (ENGLISH, CHINESE):
        names.setName(FAMILY, FAMILY_NAME, 3, 1, language)
        names.setName(style, STYLE_NAME, 3, 1, language)
        names.setName(f"{FAMILY} {style}", FULL_NAME, 3, 1, language)
        for number in (UNIQUE_ID, POSTSCRIPT_NAME):
            names.setName(f"NotoSansCJKsc-{style}", number, 3, 1, language)
    bold = style == "Bold"
    face["OS/2"].fsSelection = BOLD_SELECTED if bold else REGULAR_SELECTED
    face["head"].macStyle = int(bold)
    del face["STAT"]  # it speaks of an axis that is pinned

    out = BytesIO()
    face.save(out)
    return out.getvalue()


if __name__ == "__main__":
    parser = ArgumentParser(description="Build the fonts of the PDFs, once.")
    parser.add_argument("folder", type=Path)
    print(ensure(parser.parse_args().folder))
