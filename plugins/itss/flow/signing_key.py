"""The signing key out of Airflow's secrets: ``ITSS_SIGNING_KEY=airflow-variable:<name>``. Imported for its effect."""

from __future__ import annotations

from itss.errors import ConfigurationError
from itss.resolvers import RESOLVERS


def _variable(name: str) -> str:
    from airflow.sdk import Variable

    pem = Variable.get(name, default=None)
    if not pem:
        raise ConfigurationError(
            f"Airflow has no variable {name}.", "Put the PEM text of the signing key there, or in a secrets backend."
        )
    return str(pem)


RESOLVERS["airflow-variable"] = _variable
