"""However a ``measures.yaml`` is cut or misspelled, its problems are told and nothing is raised."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itss.own_measures import process_ids
from itss.own_measures.judging import judged
from own_material import own

SOUND = """\
measures:
  good_parts:
    process: spare_part
    name: {zh-CN: 备件可用率, en: Good spare parts}
    definition: {zh-CN: 完好数 ÷ 抽检数, en: Good / checked}
    shape: ratio
    of: in_period(counted_at) and filled(title)
    numerator: sum(good)
    denominator: sum(checked)
    complement: false
    unit: share
    better: higher
    section: a
    judged_from: 5
    version: 2
columns:
  incident: {dispatches: count, seen_at: {type: instant, plan: true}}
processes:
  spare_part:
    title: {zh-CN: 备件, en: Spare parts}
    leading: counted_at
    columns: {counted_at: instant, title: string, checked: count, good: count}
    dimensions: [title]
"""
_PUT = st.sampled_from(
    ["", "x", "null", "[]", "{}", "- a", "3", "true", "'", "sum(", "a b", "\n", "\n  ", ": ", "&a ", "*a"]
)
_CUTS = st.tuples(st.integers(0, len(SOUND)), st.integers(0, 30), _PUT)


def test_it_is_sound_before_it_is_cut():
    assert judged(own(SOUND)).problems == ()


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_CUTS, min_size=1, max_size=3) | st.text(max_size=60).map(lambda text: [(0, len(SOUND), text)]))
def test_a_cut_or_misspelled_file_is_told_of_and_never_raised(cuts):
    text = SOUND
    for start, length, put in cuts:
        text = text[:start] + put + text[start + length :]
    declared = own(text)
    found = judged(declared)
    assert set(process_ids(declared)) >= set(found.processes)
    for problem in found.problems:
        assert 1 <= problem.line <= text.count("\n") + 2
        assert problem.message
