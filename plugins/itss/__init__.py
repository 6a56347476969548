"""IT service reporting after the ITSS service report management procedure."""

__version__ = "0.6.0"
