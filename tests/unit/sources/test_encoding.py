"""In which encoding a file is written, from the few letters that an export of tickets has."""

import pytest
from itss.errors import SourceError
from itss.report_list.data_source import DataSource
from itss.sources.encoding import detect
from pydantic import ValidationError

HEAD = "id,opened_at,customer\n"
NAMES = ["李", "王欣", "朱镕堃", "陶喆", "晗", "淼", "王翀", "张赟", "李䶮", "犇", "𬭎珺", "鑫", "是", "ERP系统",
         "欧阳珺（外）", "Ａ区"]  # fmt: skip
WESTERN = ["Müller", "Größe", "Zoë", "François Peña", "Straße", "José García", "ÄRGER", "Störung „Netz“", "5 €",
           "crème brûlée", "SAP® läuft", "«où»"]  # fmt: skip
EASTERN = ["Łódź", "Şişli", "Čapek", "нет", "да", "Ζεύς", "20 °C"]


def written(put, words, encoding):
    cells = "".join(f"A{row},2026-09-01 08:00,{word}\n" for row, word in enumerate(words))
    return put("a.csv", (HEAD + cells).encode(encoding))


@pytest.mark.parametrize("name", NAMES)
def test_few_chinese_letters_are_gb18030(put, name):
    assert detect(written(put, [name], "gb18030")) == "gb18030"


@pytest.mark.parametrize("word", WESTERN)
def test_few_accents_are_windows_1252(put, word):
    assert detect(written(put, [word], "cp1252")) == "cp1252"


@pytest.mark.parametrize("word", [*NAMES, *WESTERN, *EASTERN])
def test_the_same_in_utf8(put, word):
    assert detect(written(put, [word, "plain"], "utf-8")) == "utf-8"
    assert detect(written(put, [word, "plain"], "utf-8-sig")) == "utf-8-sig"


@pytest.mark.parametrize(
    ("content", "first", "second"),
    [
        ("腞".encode("gb18030"), "'腞' (gb18030)", "'ÄR' (cp1252)"),
        ("Ön".encode("cp1252"), "'謓' (gb18030)", "'Ön' (cp1252)"),
        ("模".encode("gb18030"), "'ģ' (utf-8)", "'模' (gb18030)"),
    ],
)
def test_what_nobody_can_tell_is_asked_for_with_its_line_and_both_readings(put, content, first, second):
    path = put("a.csv", b"id,customer\nA,plain\nB," + content + b"\n")
    with pytest.raises(SourceError) as caught:
        detect(path)
    assert str(caught.value).startswith(f"a.csv, line 3: reads as {first} or {second}, and it has too few")
    assert "`encoding: gb18030`" in str(caught.value)
    assert detect(path, "gb18030") == "gb18030"


def test_what_the_list_says_does_not_overrule_a_proof(put):
    assert detect(written(put, ["陶喆"], "utf-8"), "gb18030") == "utf-8"
    assert detect(written(put, ["模"], "utf-8-sig"), "gb18030") == "utf-8-sig"


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("shift_jis", "これはメールの障害です"), ("cp1251", "Почта не отправляется"), ("big5", "郵件無法傳送請協助處理")],
)
def test_any_encoding_is_read_if_the_list_names_it(put, ask, encoding, words):
    path = written(put, ["plain", words], encoding)
    with pytest.raises(SourceError, match=r"neither UTF-8 nor GB18030 nor Windows-1252 text \(line 3\).*`encoding`"):
        detect(path)
    assert path.read_text(detect(path, encoding)).splitlines()[2].endswith(words)


def test_a_file_that_is_not_what_the_list_says_is_refused_with_its_line(put):
    with pytest.raises(SourceError, match=r"a\.csv: is not shift_jis in line 4"):
        detect(put("a.csv", b"id\nplain\n\x83\x81\n\xff\xff\n"), "shift_jis")


@pytest.mark.parametrize(
    ("name", "python"),
    [("GBK", "gb18030"), ("gb2312", "gb18030"), ("Windows-1252", "cp1252"), ("UTF8", "utf-8"), ("utf-16", "utf-16")],
)
def test_names_of_encodings(name, python):
    assert DataSource(system="sys", file="a.csv", encoding=name).encoding == python


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "utf-7", "idna", "unicode_escape", "cp037", ""])
def test_what_is_no_encoding_of_text_is_refused(name):
    with pytest.raises(ValidationError, match="not the name of an encoding of text"):
        DataSource(system="sys", file="a.csv", encoding=name)


def test_the_entry_reaches_the_reader(tmp_path, put):
    from itss.sources.files import read_file

    put("a.csv", b"id,customer\nA,\xc4\x52\n")
    assert read_file(tmp_path / "a.csv", "gb18030")[0].data["customer"].to_pylist() == ["腞"]
    put("a.jsonl", b'{"customer": "\xc4\x52"}\n')
    assert read_file(tmp_path / "a.jsonl", "cp1252")[0].data["customer"].to_pylist() == ["ÄR"]
