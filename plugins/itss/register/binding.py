"""How the register's methods are made of plain functions: each call a session of its own, and no body that passes on.

A *question* is a function of a session; *of a revision*, of a session and its row. A *change* is a function of a desk;
of a revision, of a desk and its row, locked. The method takes a `Ref` where the function takes a row.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.orm import Session

from itss.ref import Ref
from itss.register.desk import Desk
from itss.register.queries import find
from itss.register.schema import RevisionRow

P = ParamSpec("P")
R = TypeVar("R")


class Bound(Protocol):
    """What the methods need of the register."""

    def reading(self) -> AbstractContextManager[Session]:
        """A session that only reads."""
        ...

    def writing(self) -> AbstractContextManager[Desk]:
        """A transaction that ends with its lines in the ledger."""
        ...


def question(asked: Callable[Concatenate[Session, P], R]) -> Callable[Concatenate[Bound, P], R]:
    """A method that asks."""

    @wraps(asked)
    def method(self: Bound, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.reading() as session:
            return asked(session, *args, **kwargs)

    return method


def question_of(
    asked: Callable[Concatenate[Session, RevisionRow, P], R],
) -> Callable[Concatenate[Bound, Ref, P], R]:
    """A method that asks about one revision."""

    @wraps(asked)
    def method(self: Bound, ref: Ref, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.reading() as session:
            return asked(session, find(session, ref), *args, **kwargs)

    return method


def change(made: Callable[Concatenate[Desk, P], R]) -> Callable[Concatenate[Bound, P], R]:
    """A method that changes the record."""

    @wraps(made)
    def method(self: Bound, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.writing() as desk:
            return made(desk, *args, **kwargs)

    return method


def change_of(made: Callable[Concatenate[Desk, RevisionRow, P], R]) -> Callable[Concatenate[Bound, Ref, P], R]:
    """A method that changes one revision."""

    @wraps(made)
    def method(self: Bound, ref: Ref, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.writing() as desk:
            return made(desk, desk.revision(ref), *args, **kwargs)

    return method
