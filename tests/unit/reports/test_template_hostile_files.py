"""Files of a template as no one should write them: encodings, pictures that are more or less than pictures, looks."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from itss.errors import ConfigurationError
from itss.reports import content
from itss.reports.document import Paragraph
from itss.reports.sheet_names import SheetNames
from itss.reports.template import pictures
from itss.reports.template.files import Layer, TemplateFiles, find
from itss.reports.template.look import look_of
from report_material import make
from template_material import chain, parts, refusals

TEXT = "report.en.md.j2"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


def layer(**files: bytes) -> TemplateFiles:
    return TemplateFiles((Layer("own", {name.replace("_", "."): data for name, data in files.items()}, "own"),))


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def uses(levels: int) -> str:
    """Each level draws the one before it ten times."""
    groups = (f'<g id="a{at}">{f"""<use xlink:href="#a{at - 1}"/>""" * 10}</g>' for at in range(1, levels + 1))
    return f'<defs><g id="a0"><path d="M0 0"/></g>{"".join(groups)}</defs><use href="#a{levels}"/>'


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_other_ends_of_lines_are_no_text(ends: str) -> None:
    text = '\ufeff{% extends "base" %}\n{% block a %}\nOne\n\nTwo\n{% endblock %}\n'.replace("\n", ends)

    (front,) = parts(text, "{% block a %}{% endblock %}")

    assert front.blocks == (Paragraph("One"), Paragraph("Two"))


@pytest.mark.parametrize("text", ["&#983041;", "&#x100000;", "{{ '&#' ~ '983041;' }}", "|a|\n|-|\n|&#xF0001;|"])
def test_a_character_of_the_private_planes_is_refused_however_it_is_written(text: str) -> None:
    assert "There is a character of the private planes of Unicode here. Delete it." in refusals(text)[0]


def test_half_a_character_is_refused_before_a_page_cannot_be_saved() -> None:
    assert refusals(r"a {{ '\ud800' }}") == ["1: There is half a character here. Write the character itself."]


def test_a_text_that_is_a_link_is_no_template(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / TEXT).symlink_to(tmp_path / "secret")

    with pytest.raises(ConfigurationError, match="There is no template 'own'"):
        find("own", "en", [tmp_path])


def test_a_file_that_no_record_could_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / TEXT).write_text("x")
    (tmp_path / "own" / "a\nb.png").write_bytes(b"")

    with pytest.raises(ConfigurationError, match="whose name cannot be printed"):
        find("own", "en", [tmp_path])


def test_names_of_sheets_are_one_line() -> None:
    names = SheetNames()

    assert names.take("a\nb\x01c \u2028 d") == "a b c d"
    assert list(names.faults("a\nb")) == ["The name of a sheet is one line."]


@pytest.mark.parametrize(
    ("inner", "says"),
    [
        ("<script>alert(1)</script>", "has a <script>"),
        ('<rect onload="alert(1)"/>', "has a script in 'onload'"),
        ('<image href="file:///etc/passwd"/>', "takes 'file:///etc/passwd' from elsewhere"),
        ('<image xlink:href=" https://x.example/a.png"/>', "from elsewhere"),
        ('<use href="other.svg#a"/>', "from elsewhere"),
        ("<style>@import url(https://x.example/a.css);</style>", "in its style"),
        ("<style>rect{fill:u</style><style>rect{fill:url( 'https://x.example')}</style>", "in its style"),
        ('<rect fill="url(https://x.example/#a)"/>', "in 'fill'"),
        ("<foreignObject/>", "has a <foreignObject>"),
        ('<g id="a"><use href="#a"/></g>', "draws 'a' in itself"),
        ('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>', "in itself"),
        (uses(9), "draws more than 20,000 parts"),
        ("<g>" * 200 + "</g>" * 200, "nested too deeply"),
        ("<rect", "is no SVG picture"),
    ],
)
def test_a_picture_that_is_more_than_one_is_refused(inner: str, says: str) -> None:
    assert says in pictures.fault("logo.svg", SVG.format(inner).encode())


def test_entities_are_not_even_read() -> None:
    bomb = b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>'

    assert "declares entities" in pictures.fault("logo.svg", bomb)
    assert "declares entities" in pictures.fault("logo.svg", b"\xff\xfe" + bomb.decode().encode("utf-16-le"))


@pytest.mark.parametrize(
    "inner",
    [
        '<defs><linearGradient id="g"><stop offset="1"/></linearGradient></defs><rect fill="url(#g)"/>',
        '<image href="data:image/png;base64,AAAA"/>',
        '<a href="https://www.example.com"><text>a &amp; b</text></a>',
        uses(3),
        '<clipPath id="c"><rect/></clipPath><g id="c2" clip-path="url(#c)"><rect clip-path="url(#c)"/></g>',
    ],
)
def test_what_programs_for_drawing_write_is_sound(inner: str) -> None:
    assert pictures.fault("logo.svg", SVG.format(inner).encode()) == ""
    assert pictures.fault("logo.svg", b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd"><svg/>') == ""


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.png", png(1, 1), ""),
        ("a.PNG", png(1, 1), ""),
        ("a.png", png(20_000, 20_000), "20,000 × 20,000 pixels"),
        ("a.png", png(0, 5), "0 × 5 pixels"),
        ("a.png", png(1, 1)[:-12], "is cut off"),
        ("a.png", b"", "is no PNG picture"),
        ("a.png", b"<svg/>", "is no PNG picture"),
        ("a.jpg", b"GIF89a", "is no JPEG picture"),
        ("a.gif", b"GIF89a", "is no .svg, .png or .jpg"),
    ],
)
def test_a_picture_is_what_its_name_says(name: str, data: bytes, says: str) -> None:
    found = pictures.fault(name, data)

    assert says in found
    assert bool(found) == bool(says)


def test_a_logo_that_cannot_be_drawn_is_refused_and_not_left_out() -> None:
    files = {"look.yaml": b"logo: logo.svg", "logo.svg": SVG.format("<script/>").encode()}

    with pytest.raises(ConfigurationError, match=r"'logo\.svg' has a <script>"):
        content.build(replace(make("en"), template=chain("Text.", **files)))


def test_a_picture_in_the_text_too() -> None:
    assert refusals("a\n\n![b](p.png)", files={"p.png": b"GIF89a"}) == [
        "3: 'p.png' is no PNG picture. Put a sound picture there."
    ]


@pytest.mark.parametrize(
    "look",
    [
        b"logo: report.en.md.j2",
        b"logo: ../own/logo.svg",
        b"logo: logo.gif",
        b"max_pages: 3\nmax_pages: 4",
        b"[" * 5000,
        "max_pages: 3".encode("utf-16"),
        b"header: {en: \xe9, zh-CN: x}",
        b'fonts: ["a; } body { x"]',
        b'header: {en: "a\\nb", zh-CN: x}',
        b"footer: {en: " + b"x" * 5000 + b", zh-CN: x}",
        b"- a",
    ],
)
def test_a_look_that_cannot_be_used_is_named_with_file_and_line(look: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"^own/look\.yaml:\d: "):
        look_of(layer(look_yaml=look))


def test_words_of_yaml_stay_words() -> None:
    found = look_of(layer(look_yaml=b"\xef\xbb\xbfheader: {en: No, zh-CN: 12:30}\nfooter: {en: 2026-01-01, zh-CN: on}"))

    assert found.header is not None
    assert found.footer is not None
    assert (found.header.en, found.header.zh) == ("No", "12:30")
    assert (found.footer.en, found.footer.zh) == ("2026-01-01", "on")
