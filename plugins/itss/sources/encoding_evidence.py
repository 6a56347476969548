"""What the letters of a text say about its encoding, where its bytes alone allow several.

Almost every sequence of bytes *decodes* as GB18030, and as Windows-1252, so that it does proves nothing: what is read
counts. Chinese comes as Han and its punctuation, however rare; a Western accent stands inside a Latin word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Literal

Verdict = Literal["yes", "perhaps", "no"]

_HAN = ((0x3000, 0x303F), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF), (0x20000, 0x323AF))
_ALPHABETS = (("\u0386", "\u03ce"), ("\u0410", "\u044f"), ("\u05d0", "\u05ea"), ("\u0621", "\u064a"))
"""Greek, Cyrillic, Hebrew, Arabic."""
_USUAL = 0.7
_FOREIGN = 8
"""So many characters are needed to say that a text is in an encoding which is not read here."""
_NO_LETTERS = "ªºµ"
_WORD = re.compile("(?:[^\x00-\x7f]|[A-Za-z])*[^\x00-\x7f](?:[^\x00-\x7f]|[A-Za-z])*")
_SEPARATORS = re.compile('[‘’‚“”„–—…]|(?<=[^,;\t|"\r\n])\u00a0')
"""Quotes, dashes and blanks of typography, which may stand beside any letter."""
_MEASURES = re.compile(r"\d ?[°µ²³±×½¼¾€£]|[€£§] ?\d|°[CF]\b")
_SIGNS = re.compile("^[¿¡•·§©°](?=[A-Za-z])|(?<=[A-Za-z])[®™°²³]$")
"""Signs that are no letters, where they may touch a word."""


def reads_as_chinese(sample: bytes) -> bool:
    """Whether the GB18030 reading is Chinese; of rare characters, as in names, few are enough."""
    counts = Counter(sample.decode("gb18030", errors="ignore"))
    others = {character: count for character, count in counts.items() if character > "\x7f"}
    total = sum(others.values())
    han = sum(count for character, count in others.items() if _is_han(character) or _is_usual(character))
    usual = sum(count for character, count in others.items() if _is_usual(character))
    return han > 0.95 * total and (usual > _USUAL * total or not _is_foreign(sample))


def reads_as_western(sample: bytes) -> Verdict:
    """Whether the Windows-1252 reading is of words with accents; *perhaps* where there is too little to say so."""
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return "no"
    return has_accented_words(text)


def has_accented_words(text: str) -> Verdict:
    """Whether what is not ASCII in ``text`` is accents of Latin words, and signs where they belong."""
    if text.count("«") != text.count("»"):
        return "no"
    rest, measures = _MEASURES.subn(" ", text)
    words = Counter(_WORD.findall(_SEPARATORS.sub(" ", re.sub("[«»]", " ", rest))))
    verdicts: Counter[Verdict] = Counter({"yes": measures})
    for word, count in words.items():
        verdicts[_judge(word)] += count
    if verdicts["no"] > 0.1 * verdicts.total():
        return "no"
    return "yes" if verdicts["yes"] >= max(1, verdicts["perhaps"]) else "perhaps"


def stands_in_latin_words(sample: bytes) -> bool:
    """Whether in the GB18030 reading all that is Chinese touches Latin letters, as it does where it is none."""
    text = sample.decode("gb18030", errors="ignore")
    return not re.search(r"(?<![A-Za-z\x80-\U0010ffff])[^\x00-\x7f]+(?![A-Za-z\x80-\U0010ffff])", text)


def utf8_by_chance(sample: bytes) -> Verdict:
    """Whether valid UTF-8 is a few characters in GB18030; *perhaps* where it is one that nobody can judge.

    Of everyday characters one in six has the bytes of an accented letter; of two characters one in thirty.
    """
    text = sample.decode("utf-8", errors="ignore")
    if text.isascii() or max(text) > "\u07ff" or any(map(_is_word, re.findall("[^\x00-\x7f]+", text))):
        return "no"
    western = has_accented_words(text)
    if western == "yes" or (western == "perhaps" and stands_in_latin_words(sample)):
        return "no"
    try:
        chinese = [character for character in sample.decode("gb18030") if character > "\x7f"]
    except UnicodeDecodeError:
        return "no"
    if not all(_is_han(character) or _is_usual(character) for character in chinese):
        return "no"
    if not any(_is_everyday(letter) for letter in text):
        return "yes"
    return "yes" if len(chinese) > 1 and western == "no" and all(map(_is_usual, chinese)) else "perhaps"


def _is_word(text: str) -> bool:
    """Two letters or more of one of the alphabets whose letters take two bytes."""
    return len(text) > 1 and any(all(first <= letter <= last for letter in text) for first, last in _ALPHABETS)


def _is_everyday(letter: str) -> bool:
    """Of a language that people write today, where it takes two bytes of UTF-8."""
    return "\x80" <= letter <= "\u017f" or any(first <= letter <= last for first, last in _ALPHABETS)


def _is_han(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _HAN)


def _is_usual(character: str) -> bool:
    """One of the 3,755 everyday characters of GB 2312, or its punctuation."""
    try:
        lead = character.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= lead <= 0xD7 or 0xA1 <= lead <= 0xA3


def _is_foreign(sample: bytes) -> bool:
    is_japanese = _share(sample, "shift_jis", _is_kana) > 0.3
    return is_japanese or _share(sample, "big5", _is_usual_big5) > _USUAL or _is_cyrillic(sample)


def _share(sample: bytes, encoding: str, is_usual: Callable[[str], bool]) -> float:
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    others = [character for character in text if character > "\x7f"]
    return sum(map(is_usual, others)) / len(others) if len(others) >= _FOREIGN else 0.0


def _is_kana(character: str) -> bool:
    return "\u3040" <= character <= "\u30ff"


def _is_usual_big5(character: str) -> bool:
    return 0xA4 <= character.encode("big5")[0] <= 0xC6


def _is_cyrillic(sample: bytes) -> bool:
    """Windows-1251: words in small letters, of which only the first may be a capital."""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    return sum(map(len, runs)) >= _FOREIGN and all(re.fullmatch(rb"[\xc0-\xff][\xe0-\xff]*", run) for run in runs)


def _judge(word: str) -> Verdict:
    """An accent stands alone, or beside one other, among Latin letters; after a small one comes no capital."""
    has_latin = re.search("[A-Za-z]", word) is not None
    if max(map(len, re.findall("[^\x00-\x7f]+", word))) > 2 or (not has_latin and len(word) > 1):
        return "no"
    if any(before.islower() and after.isupper() for before, after in pairwise(word)):
        return "no"
    letters = _SIGNS.sub("", word)
    if all(letter.isalpha() and letter < "\u0250" and letter not in _NO_LETTERS for letter in letters):
        return "yes" if len(letters) > 2 and not letters.isascii() else "perhaps"
    return "perhaps" if len(word) == 1 else "no"
