"""Whether two people of the list are one person, compared as people compare: four eyes are two persons, not two keys.

Surprise: the e-mail decides too. One mailbox under two Airflow users is read by one person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from itss.report_list.models import Person

_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Cs"})
"""Unicode categories of characters that nobody sees: control, format (zero width, direction), lone surrogates."""
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
"""Letters, marks and a symbol without ink."""


@lru_cache(maxsize=4096)  # a page asks it of everybody, entry by entry
def folded(text: str) -> str:
    """``text`` without what a reader does not distinguish: case, width, Unicode form, blanks, unseen characters.

    Letters are folded by the compatibility caseless match of the Unicode Standard (definition D146).
    """
    # a blank that is a control character (a tab) separates words; any other unseen character separates nothing
    seen = "".join(c for c in text if c.isspace() or not _is_unseen(c))
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", seen).casefold())
    return " ".join(unicodedata.normalize("NFKC", once.casefold()).split())


def signing_in_as(user: str, people: Mapping[str, Person]) -> dict[str, Person]:
    """Those of ``people`` who sign in as ``user``, by their keys."""
    return {key: one for key, one in people.items() if one.user and folded(one.user) == folded(user)}


def same_person(a: Person, b: Person) -> bool:
    """Whether ``a`` and ``b`` have one Airflow user, or one e-mail address."""
    if a.user is not None and b.user is not None and folded(a.user) == folded(b.user):
        return True
    return folded(a.email) == folded(b.email)


def _is_unseen(character: str) -> bool:
    is_variation_selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return unicodedata.category(character) in _UNSEEN_KINDS or character in _FILLERS or is_variation_selector
