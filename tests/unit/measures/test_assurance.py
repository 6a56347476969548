"""Limits against a target, both ways round, and at the edge."""

import pytest
from itss.measures.assurance import assurance_of


@pytest.mark.parametrize(
    ("target", "lower", "upper", "is_at_least", "said"),
    [
        (0.95, 0.96, 0.99, True, "held"),
        (0.95, 0.90, 0.94, True, "missed"),
        (0.95, 0.93, 0.97, True, "chance"),
        (8.0, 5.0, 7.0, False, "held"),
        (8.0, 9.0, 11.0, False, "missed"),
        (8.0, 7.0, 9.0, False, "chance"),
        # the edge meets the target
        (0.95, 0.95, 0.99, True, "held"),
        (0.95, 0.90, 0.95, True, "chance"),
        (8.0, 5.0, 8.0, False, "held"),
        (8.0, 8.0, 9.0, False, "chance"),
        # a sum of floats on the edge is on the edge
        (0.3, 0.1 + 0.2, 0.9, True, "held"),
        (0.3, 0.0, 0.1 + 0.2, False, "held"),
        # clipped at what is possible: 100 % every time, and never more than none
        (1.0, 1.0, 1.0, True, "held"),
        (1.0, 0.97, 1.0, True, "chance"),
        (0.0, 0.0, 2.0, False, "chance"),
        (0.0, 0.0, 0.0, False, "held"),
        (0.95, None, None, True, "too_few"),
        (None, 0.9, 1.0, True, ""),
    ],
)
def test_assurance(target, lower, upper, is_at_least, said):
    assert assurance_of(target, lower, upper, is_at_least=is_at_least) == said
