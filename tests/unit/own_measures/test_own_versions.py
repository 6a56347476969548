"""A changed definition is found unless it has a new version."""

import pytest
from itss.own_measures.versions import unversioned
from own_material import kpi, own


def file(**parts):
    return own(f"measures:\n  own: {kpi(**{'of': 'in_period(opened_at)', 'where': 'filled(title)'} | parts)}\n")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"where": "filled(service)"}, "where"),
        ({"of": "in_period(closed_at)"}, "of"),
        ({"complement": "true"}, "complement"),
        ({"includes_cancelled": "true"}, "includes_cancelled"),
        ({"process": "problem"}, "process"),
        ({"version": "2", "where": "filled(service)"}, ""),
        ({"where": " filled( title )".replace("( ", "(").replace(" )", ")")}, ""),
        ({"better": "lower"}, ""),
        ({"judged_from": "3"}, ""),
    ],
)
def test_what_makes_a_figure_another_one_needs_a_new_version(changed, told):
    found = list(unversioned(file(), file(**changed)))
    assert [fault.loc[-1] for fault in found] == ([told] if told else [])
    if found:
        assert "Write `version: 2`" in found[0].remedy


def test_a_version_never_goes_back():
    assert [fault.loc[-1] for fault in unversioned(file(version="2"), file())] == ["version"]


def test_a_new_kpi_and_one_that_is_gone_are_none_of_it():
    assert list(unversioned(own(""), file())) == list(unversioned(file(), own(""))) == []
