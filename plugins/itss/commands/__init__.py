"""The commands of `python -m itss`, one module each; `itss.cli` says which there are."""
