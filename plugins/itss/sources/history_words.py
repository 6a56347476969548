"""Whether histories keep to the words of their column: one with another word is refused whole."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc


def known_words(histories: pa.Array, words: tuple[str, ...]) -> pa.Array:
    """``histories`` (the spelling of `itss.measures.history`), null where one has a word outside ``words``.

    Without ``words`` any word will do.
    """
    if not words:
        return histories
    known = "|".join(map(re.escape, words))
    fits = pc.match_substring_regex(histories, f"^[^=;]+=(?:{known})(?:;[^=;]+=(?:{known}))*$")
    return pc.if_else(fits, histories, pa.scalar(None, histories.type))
