"""Pictures of a template: which kinds there are, and what is wrong with one before any page is drawn.

Refuses what is not the picture that its name says, one that is cut off, and an SVG that is more than a picture: with a
script, with addresses of elsewhere (nothing is fetched, so it would be drawn without them), or that draws its parts so
often that it never ends.
"""

from __future__ import annotations

import re
from collections import defaultdict
from xml.parsers import expat

MEDIA = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "svg": "image/svg+xml"}
MOST_PIXELS, MOST_NODES, MOST_DEEP = 40_000_000, 20_000, 100
_NO_PICTURE = frozenset({"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "set", "animate"})
_OWN = re.compile(r"\s*(#|data:image/(png|jpeg);)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"@import|url\(\s*[\"']?\s*(?!#|data:image/(?:png|jpeg);)", re.IGNORECASE)


def media_of(name: str) -> str | None:
    """The media type of a picture by its name; ``None`` if it is none that a report can show."""
    return MEDIA.get(name.rpartition(".")[2].lower())


def fault(name: str, data: bytes) -> str:
    """What is wrong with the picture ``name``; empty if nothing is."""
    media = media_of(name)
    if media is None:
        return f"'{name}' is no .svg, .png or .jpg."
    if media == "image/png":
        return _of_png(name, data)
    if media == "image/jpeg":
        return "" if data.startswith(b"\xff\xd8\xff") else f"'{name}' is no JPEG picture."
    return _of_svg(name, data)


def _of_png(name: str, data: bytes) -> str:
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or data[12:16] != b"IHDR":
        return f"'{name}' is no PNG picture."
    if b"IEND" not in data[-64:]:
        return f"'{name}' is cut off."
    width, height = (int.from_bytes(data[at : at + 4]) for at in (16, 20))
    if not 0 < width * height <= MOST_PIXELS:
        return f"'{name}' has {width:,} × {height:,} pixels; up to {MOST_PIXELS:,} are drawn."
    return ""


def _of_svg(name: str, data: bytes) -> str:
    reader = _Svg()
    try:
        reader.read(data)
    except _RefusedError as error:
        return f"'{name}' {error}"
    except expat.ExpatError as error:
        return f"'{name}' is no SVG picture: {expat.ErrorString(error.code)}, line {error.lineno}."
    return ""


class _RefusedError(Exception):
    pass


class _Svg:
    """One reading, which never builds a tree and reads no entity."""

    def __init__(self) -> None:
        self._open: list[tuple[str, str]] = []
        self._nodes: dict[str, int] = defaultdict(int)
        self._uses: dict[str, list[str]] = defaultdict(list)

    def read(self, data: bytes) -> None:
        """Raises what is wrong with it."""
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = lambda _: self._open.pop()
        parser.CharacterDataHandler = self._words
        parser.Parse(data, True)
        if self._size("", ()) > MOST_NODES:
            raise _RefusedError(f"draws more than {MOST_NODES:,} parts.")

    def _doctype(self, _name: str, _system: str | None, _public: str | None, has_entities: bool) -> None:
        if has_entities:
            raise _RefusedError("declares entities; save it as plain SVG.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        plain = tag.rpartition(":")[2].lower()
        if not self._open and plain != "svg":
            raise _RefusedError("is no SVG picture.")
        if plain in _NO_PICTURE:
            raise _RefusedError(f"has a <{tag}>; save it as plain SVG, without scripts and moving parts.")
        self._open.append((plain, attributes.get("id", "")))
        if len(self._open) > MOST_DEEP:
            raise _RefusedError("is nested too deeply.")
        places = {"", *(own for _, own in self._open)}
        for place in places:
            self._nodes[place] += 1
        for key, value in attributes.items():
            self._attribute(plain, key.rpartition(":")[2].lower(), value, places)

    def _attribute(self, tag: str, key: str, value: str, places: set[str]) -> None:
        if key.startswith("on"):
            raise _RefusedError(f"has a script in '{key}'; save it as plain SVG.")
        if key in ("href", "src") and tag != "a" and not _OWN.match(value):
            raise _RefusedError(f"takes '{value[:60]}' from elsewhere; save it with its pictures embedded.")
        if _ELSEWHERE.search(value):
            raise _RefusedError(f"takes something from elsewhere in '{key}'; save it with everything embedded.")
        names = [value.strip()[1:]] if key == "href" and value.strip().startswith("#") else []
        for name in [*names, *re.findall(r"url\(\s*[\"']?\s*#([^\"')\s]+)", value)]:
            for place in places - {name} if tag != "use" else places:
                self._uses[place].append(name)

    def _words(self, words: str) -> None:
        if self._open and self._open[-1][0] == "style" and _ELSEWHERE.search(words):
            raise _RefusedError("takes something from elsewhere in its style; save it with everything embedded.")

    def _size(self, name: str, within: tuple[str, ...], known: dict[str, int] | None = None) -> int:
        """How many parts are drawn for an id, those that it draws again included."""
        known = {} if known is None else known
        if name in within:
            raise _RefusedError(f"draws '{name}' in itself.")
        if len(within) > MOST_DEEP:
            raise _RefusedError("is nested too deeply.")
        if name not in known:
            inner = sum(self._size(one, (*within, name), known) for one in self._uses.get(name, ()))
            known[name] = self._nodes.get(name, 0) + inner
        return known[name]
