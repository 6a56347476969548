"""Words in the two languages of the product. Everything shown to a person is a ``Text`` or comes from a catalogue."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["zh-CN", "en"]
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Cs"})
"""Unicode categories of characters that nobody sees: control, format (zero width, direction), lone surrogates."""
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
"""Letters, marks and a symbol without ink."""
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")


class Text(BaseModel):
    """The same words in zh-CN and en; both are mandatory."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    zh: str = Field(alias="zh-CN", min_length=1)
    en: str = Field(min_length=1)

    def of(self, language: Language) -> str:
        """The words in ``language``."""
        return self.zh if language == "zh-CN" else self.en


def text(zh: str, en: str) -> Text:
    """Short spelling for texts that stand in code."""
    return Text(zh=zh, en=en)


def printable(words: str) -> str:
    """What a person wrote, with U+FFFD for what cannot be printed, steers a terminal or turns the direction of text.

    Empty where nobody sees anything of it: such words say nothing.
    """
    kept = _UNPRINTABLE.sub("\ufffd", words.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return "" if all(one.isspace() or one == "\ufffd" or is_unseen(one) for one in kept) else kept


def is_unseen(character: str) -> bool:
    """Whether nobody sees this character."""
    is_variation_selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return unicodedata.category(character) in _UNSEEN_KINDS or character in _FILLERS or is_variation_selector
