"""compose.yaml as Compose reads it: merged, with its defaults in place of variables, and what each service says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SECRETS = "/run/secrets"
_VARIABLE = re.compile(r"\$\$|\$\{(\w+):-([^}]*)\}")


@dataclass(frozen=True)
class Service:
    """One service; commands as lists, in which ``$$`` is ``$`` again."""

    name: str
    said: dict[str, Any]

    @property
    def is_airflow(self) -> bool:
        return self.said["image"] == "itss-reporting"

    @property
    def environment(self) -> dict[str, str]:
        return dict(self.said.get("environment", {}))

    @property
    def secrets(self) -> dict[str, str]:
        """The path of each within the container, by its name."""
        listed = [one if isinstance(one, dict) else {"source": one} for one in self.said.get("secrets", [])]
        found = {one["source"]: one.get("target", one["source"]) for one in listed}
        return {name: path if path.startswith("/") else f"{SECRETS}/{path}" for name, path in found.items()}

    @property
    def command(self) -> list[str]:
        said = self.said.get("command", [])
        return said.split() if isinstance(said, str) else said

    @property
    def health(self) -> list[str]:
        """Empty where it has none; ``CMD-SHELL`` as the shell that runs it."""
        kind, *rest = self.said.get("healthcheck", {}).get("test", [""])
        return ["sh", "-c", *rest] if kind == "CMD-SHELL" else rest


def text() -> str:
    return (ROOT / "compose.yaml").read_text(encoding="utf-8")


def read() -> dict[str, Any]:
    """The whole, with the defaults of its variables; one without a default is an error."""
    plain = _VARIABLE.sub(lambda found: "$" if found[0] == "$$" else found[2], text())
    assert "${" not in plain
    said: dict[str, Any] = yaml.safe_load(plain)
    return said


def services() -> dict[str, Service]:
    return {name: Service(name, said) for name, said in read()["services"].items()}
