"""What a chat shows of a mail."""

from __future__ import annotations

from itss.delivery.plain_text import plain_text


def test_a_block_is_a_line_and_a_link_its_words_and_address() -> None:
    html = (
        "<!DOCTYPE html><html><head><title>not this</title></head><body><h1>Heading</h1>\n\n<p>Two  words,\n"
        '<em>one</em> <a href="https://x.example/a?b=1&amp;c">link</a>.</p>'
        "<table><tr><td>Due</td><td>2026-11-30</td></tr><tr><td>Revision</td><td>1</td></tr></table>"
        "<ul><li>first &lt;b&gt;</li><li>second</li></ul><hr></body></html>"
    )
    assert plain_text(html).splitlines() == [
        "Heading",
        "Two words,",
        "one link https://x.example/a?b=1&c .",
        "Due: 2026-11-30",
        "Revision: 1",
        "- first <b>",
        "- second",
    ]


def test_quoted_words_keep_their_lines() -> None:
    assert plain_text('<p style="white-space:pre-wrap">line 1\nline 2</p>') == "line 1\nline 2"


def test_a_mail_has_an_empty_line_where_there_is_room_above_a_block() -> None:
    html = (
        '<h1>Report</h1><p style="margin:16px 0 4px"><strong>1 missed</strong></p>\n\n<h2>Missed</h2>'
        '<p style="margin:12px 0 2px">✗ A: 1</p>\n<p style="margin:0 0 0 22px">Why: x</p>'
        '<p>\0</p><p></p><p>Attached:</p><ul style="margin-top:0"><li>a.xlsx</li></ul>'
        '<p style="margin-top:0">end</p>'
    )
    spaced = ["Report", "", "1 missed", "", "Missed", "", "✗ A: 1", "Why: x", "", "Attached:", "- a.xlsx", "end"]
    assert plain_text(html, is_spaced=True).splitlines() == spaced
    assert plain_text(html).splitlines() == [line for line in spaced if line]
