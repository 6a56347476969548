"""IT service reporting after the ITSS service report management procedure."""

__version__ = "0.4.0"
