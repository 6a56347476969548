"""The key that signs the ledger: Ed25519, kept outside database and archive, so that who can write those cannot sign.

Named by ``ITSS_SIGNING_KEY``: a PEM file, or ``airflow-variable:<name>`` for one in Airflow's secrets backend. The
default file is made when it is not there; a key that somebody named and that is not there is an error, for a new one
would sign what the old one had begun.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from itss.errors import ConfigurationError
from itss.settings import named, settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

log = logging.getLogger(__name__)

_READABLE_BY_ALL = 0o007


@dataclass(frozen=True)
class Key:
    """A private key; only its public half is ever shown."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """The public key, 32 bytes in base64."""
        return base64.b64encode(self.private.public_key().public_bytes_raw()).decode()

    @property
    def pem(self) -> bytes:
        """All of it, as it is written to a file."""
        from cryptography.hazmat.primitives import serialization

        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign(self, sha256: str) -> str:
        """The signature over a hash as it is written, in base64."""
        return base64.b64encode(self.private.sign(sha256.encode("ascii"))).decode()


def fingerprint(public: str) -> str:
    """What people compare: the first half of the hash of a public key."""
    digest = hashlib.sha256(base64.b64decode(public)).hexdigest()[:32]
    return ":".join(digest[at : at + 4] for at in range(0, 32, 4))


def is_signed(sha256: str, signature: str, public: str) -> bool:
    """Whether the holder of the private half of ``public`` has signed this hash."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature, validate=True), sha256.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def load(location: str | None = None) -> Key:
    """The key at ``location``, or where the settings say; the default one is made if it is not there."""
    place = settings()
    key = named(location or place.signing_key)
    scheme, _, name = key.partition(":")
    if name and "/" not in scheme:
        return _parse(_secret(scheme, name), key)
    path = Path(key)
    if path == place.default_signing_key and not path.exists():
        make(path)
        log.warning(
            "A key that signs the record was made: %s. Keep a copy of it in a safe place, apart from the register.",
            path,
        )
    return _parse(_read(path), key)


def make(path: Path) -> None:
    """Write a new key to ``path``, readable by its owner alone; keeps the one that another process made first."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    pem = Key(Ed25519PrivateKey.generate()).pem
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(part)  # whole or not at all, and never over one that is there
    except FileExistsError:
        pass
    finally:
        part.unlink(missing_ok=True)


def _secret(scheme: str, name: str) -> str:
    if scheme != "airflow-variable":
        raise ConfigurationError(
            f"A signing key of the kind '{scheme}' is not known.",
            "Write ITSS_SIGNING_KEY=airflow-variable:<name>, or the path of a file.",
        )
    from itss.sources.connections import variable  # most keys are files

    return variable(name)


def _read(path: Path) -> str:
    try:
        if path.stat().st_mode & _READABLE_BY_ALL:
            raise ConfigurationError(
                f"The signing key {path} may be read by every user of this machine.", f"chmod 600 {path}"
            )
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The signing key {path} cannot be read: {error}.",
            "Put the key of this register there, or name its file in ITSS_SIGNING_KEY.",
        ) from error


def _parse(pem: str, where: str) -> Key:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        private = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        # without the cause: it may quote the key
        raise ConfigurationError(
            f"{where} is no private key of Ed25519 in PEM.",
            "Name another in ITSS_SIGNING_KEY, or make one: openssl genpkey -algorithm ed25519.",
        )
    return Key(private)
