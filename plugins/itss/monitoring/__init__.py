"""What the product says of itself to a monitoring system: the series there are, and their way out."""
