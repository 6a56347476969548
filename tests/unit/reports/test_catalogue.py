"""Both languages say everything, with the same placeholders, and a missing word is an error."""

from __future__ import annotations

import string

import pytest
from itss.errors import ConfigurationError
from itss.reports import catalogue


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def test_the_same_keys_and_placeholders_in_both_languages() -> None:
    chinese, english = catalogue.load("zh-CN"), catalogue.load("en")
    assert chinese.keys == english.keys
    differing = {key for key in chinese.keys if placeholders(chinese._words[key]) != placeholders(english._words[key])}
    assert differing == set()


def test_the_chinese_words_are_chinese() -> None:
    chinese, english = catalogue.load("zh-CN"), catalogue.load("en")
    same = {key for key in chinese.keys if chinese._words[key] == english._words[key]}
    # units, joints and the like; no sentence
    assert all(
        len(chinese._words[key]) < 40 and not any(c.isalpha() for c in chinese._words[key].split("{")[0])
        for key in same
    )


def test_a_missing_key_is_an_error_and_names_the_file() -> None:
    with pytest.raises(ConfigurationError, match=r"zh_CN\.yaml.*no\.such"):
        catalogue.load("zh-CN")("no.such")


def test_a_missing_placeholder_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="hours"):
        catalogue.load("en")("section.d.longest")


def test_values_with_braces_are_only_values() -> None:
    assert catalogue.load("en")("label.measure", process="{x}", measure="{0}") == "{x} · {0}"


def test_plural_follows_the_number() -> None:
    words = catalogue.load("en")
    assert words.plural("section.d.incident", 1) == "1 major incident"
    assert words.plural("section.d.incident", 1200) == "1,200 major incidents"


@pytest.mark.parametrize("text", ["a: [", "a: {b: 3}"], ids=["torn", "number"])
def test_an_unusable_file_is_named(tmp_path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    folder = tmp_path / "include" / "locale"
    folder.mkdir(parents=True)
    (folder / "en.yaml").write_text(text)
    monkeypatch.setattr("itss.settings._product", lambda: tmp_path)
    with pytest.raises(ConfigurationError, match=r"en\.yaml"):
        catalogue.load("en")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_sheet_names_fit_excel(language) -> None:
    words = catalogue.load(language)
    names = [words(f"section.{key}.sheet") for key in "abcdef"]
    names += [words(f"appendix.{key}.sheet") for key in ("definitions", "quality", "revisions")]
    names += [words(f"sheet.{key}") for key in ("summary", "breaches", "chart_data")]
    assert len({name.lower() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)
    assert len(words("sheet.part", name=words("sheet.breaches"), n=999)) <= 31


@pytest.mark.parametrize(
    ("language", "parts", "joined"),
    [
        ("zh-CN", ["事件", "变更"], "事件、变更"),
        ("zh-CN", ["事件，未达成（3）", "变更，达成（1）"], "事件，未达成（3）；变更，达成（1）"),
        ("en", ["incidents", "changes"], "incidents, changes"),
        ("en", ["incidents, missed (3)", "1,234 changes"], "incidents, missed (3); 1,234 changes"),
    ],
)
def test_an_enumeration_of_parts_with_commas_is_told_apart(language, parts, joined) -> None:
    assert catalogue.load(language).join(parts) == joined
