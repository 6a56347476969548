"""Pictures with a palette: a page has few colours, so a byte for each of its dots says enough."""

from __future__ import annotations

import io

from PIL import Image


def shrink(png: bytes) -> bytes:
    """A PNG with at most 256 colours, chosen so that rare ones (a green figure among much grey) stay what they are."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    few = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE, kmeans=1)
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()
