"""Pictures with a palette: a page has few colours, so a byte for each of its dots says enough."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from playwright.sync_api import Page

PALETTE = 3
DRAW = """async (png) => {
  const bitmap = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const dots = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  let text = "";
  for (let at = 0; at < dots.length; at += 32768) text += String.fromCharCode(...dots.subarray(at, at + 32768));
  return [bitmap.width, bitmap.height, btoa(text)];
}"""


def shrink(page: Page, png: bytes) -> bytes:
    """A PNG with at most 256 colours: the frequent ones, the others as the nearest. ``page``'s browser decodes it."""
    width, height, text = page.evaluate(DRAW, base64.b64encode(png).decode())
    dots = np.frombuffer(base64.b64decode(text), dtype=np.uint8).reshape(-1, 4)[:, :3]
    coarse = (dots.astype(np.int64) >> 2) @ np.array([1 << 12, 1 << 6, 1])
    found, index, counts = np.unique(coarse, return_inverse=True, return_counts=True)
    colours = (np.stack([found >> 12, (found >> 6) & 63, found & 63], axis=1) * 255 + 31) // 63
    kept = colours[np.argsort(-counts, kind="stable")[:256]]
    nearest = np.array([np.abs(kept - colour).sum(axis=1).argmin() for colour in colours], dtype=np.uint8)
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = nearest[index].reshape(height, width)
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 8, PALETTE, 0, 0, 0),
        b"PLTE": kept.astype(np.uint8).tobytes(),
        b"IDAT": zlib.compress(rows.tobytes(), 9),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts.items())


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
