"""Whether two people of the list are one person, compared as people compare: four eyes are two persons, not two keys.

Surprise: the e-mail decides too. One mailbox under two Airflow users is read by one person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from itss.report_list.person import Person
from itss.text import is_unseen


@lru_cache(maxsize=4096)  # a page asks it of everybody, entry by entry
def folded(text: str) -> str:
    """``text`` without what a reader does not distinguish: case, width, Unicode form, blanks, unseen characters.

    Letters are folded by the compatibility caseless match of the Unicode Standard (definition D146).
    """
    # a blank that is a control character (a tab) separates words; any other unseen character separates nothing
    seen = "".join(c for c in text if c.isspace() or not is_unseen(c))
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", seen).casefold())
    return " ".join(unicodedata.normalize("NFKC", once.casefold()).split())


def signing_in_as(user: str, people: Mapping[str, Person]) -> dict[str, Person]:
    """Those of ``people`` who may be whoever signs in as ``user``, by their keys: for four eyes, never for a right."""
    return {key: one for key, one in people.items() if one.user and folded(one.user) == folded(user)}


def same_person(a: Person, b: Person) -> bool:
    """Whether ``a`` and ``b`` have one Airflow user, or one e-mail address."""
    if a.user is not None and b.user is not None and folded(a.user) == folded(b.user):
        return True
    return folded(a.email) == folded(b.email)
