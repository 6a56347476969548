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


@pytest.mark.parametrize(
    ("target", "is_at_least", "value", "said"),
    [
        # a stock of 30 at most, which ran between 7 and 20 and stands at 30 now: the limits no longer describe it
        (30, False, 30, "left"),
        (30, False, 19, "held"),
        (30, False, 5, "held"),
        (30, True, 25, "left"),
        (30, True, 5, "missed"),
        (15, False, 5, "left"),
        (15, False, 30, "left"),
        (15, False, 12, "chance"),
        (15, False, None, "chance"),
    ],
)
def test_a_value_outside_the_limits_that_speaks_against_them_leaves_it_open(target, is_at_least, value, said):
    assert assurance_of(target, 7, 20, is_at_least=is_at_least, value=value) == said
