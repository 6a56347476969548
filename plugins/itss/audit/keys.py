"""The public key of a record, as an auditor is given it: in PEM, or in base64 as ``register key`` shows it."""

from __future__ import annotations

import base64
from pathlib import Path

from itss.errors import ConfigurationError


def public_key(file: Path) -> str:
    """The key in base64; `ConfigurationError` for a file that holds none."""
    try:
        return _parsed(file.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{file} is no public key of Ed25519 ({error}).", "Have it shown: python -m itss.register key."
        ) from error


def _parsed(said: str) -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if "-----BEGIN" in said:
        key = serialization.load_pem_public_key(said.encode())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("it is of another kind")
        return base64.b64encode(key.public_bytes_raw()).decode()
    raw = base64.b64decode((said.split() or [""])[-1], validate=True)
    if len(raw) != 32:
        raise ValueError("it has not 32 bytes")
    return base64.b64encode(raw).decode()
