"""What a template may not do: reach objects, files or Python, and run away with time or memory."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from template_material import parts, refusals

SAFE = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ ().__class__ }}",
    "{{ title.__globals__ }}",
    "{{ title['__globals__'] }}",
    "{{ title().__class__ }}",
    "{{ title().char }}",
    "{{ self.__init__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ ''|attr('__class__') }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ '%s' % title }}",
    "{{ ['a']|map(attribute='__class__')|list }}",
    "{{ ['a'].append('b') }}",
    "{{ 'a'.upper() }}",
    "{{ lipsum() }}",
    "{{ cycler('a') }}",
    "{{ namespace(a=1) }}",
    "{{ dict(a=1) }}",
    "{{ joiner() }}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}",
    "{{ environment }}",
    "{{ context }}",
    "{{ request }}",
    "{% include '/etc/passwd' %}",
    "{% include 'report.en.md.j2' %}",
    "{% import 'x' as x %}",
    "{% from 'x' import y %}",
    "{% extends '/etc/passwd' %}",
    "{% extends title() %}",
    "{% for x in [1] %}{{ loop.__class__ }}{% endfor %}",
    "{% for x in [1] %}{{ loop._iterable }}{% endfor %}",
    "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
    "{% macro m() %}{% endmacro %}{{ m._func }}",
    "{% macro m() %}{% endmacro %}{{ m.arguments }}",
    "{% block a %}{{ super.__self__ }}{% endblock %}",
    "{{ '\U000f0000' }}",
    "{{ '\\U000f0000' }}",
    "\U00100000",
    "{{ '%1000000000d' % 1 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ [1] * 1000000000 }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ (-8) ** 0.5 }}",
    "{{ 1 / 0 }}",
    "{{ 9999999999999999 * 9999999999999999 }}",
    "{{ range(1000000000) }}",
    "{{ [[1]] }}",
    "{{ {'a': [1]} }}",
    "{{ 'a'|center(1000000000) }}",
    "{{ 'a'|indent(1000000000) }}",
    "{{ true }}",
    "{{ none }}",
    "{{ [1, 2] }}",
    "{{ title }}",
    "{{ (1).real }}",
    "{% if value('incident.backlog') > 3 %}x{% endif %}",
    "{% if value('incident.backlog') == 'x' %}x{% endif %}",
    "{% if value('incident.backlog') %}x{% endif %}",
    "{{ value('incident.backlog')|length }}",
    "{{ value('incident.backlog')|upper }}",
    "{% if value('incident.backlog') in ['x'] %}x{% endif %}",
    "{% for x in value('incident.backlog') %}x{% endfor %}",
    "{% do title() %}",
    "{% debug %}",
    "{% trans %}x{% endtrans %}",
    "{% autoescape true %}x{% endautoescape %}",
]

DOUBLED = "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 60
SET_BLOCKS = "{% set a %}xxxxxxxxxx{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 60
MACROS = "{% macro m0() %}xxxxxxxxxx{% endmacro %}" + "".join(
    f"{{% macro m{n}() %}}{{{{ m{n - 1}() }}}}{{{{ m{n - 1}() }}}}{{% endmacro %}}" for n in range(1, 60)
)
RUNAWAY = {
    "loops": "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{% endfor %}{% endfor %}"
    "{% endfor %}",
    "doubled by ~": DOUBLED,
    "doubled by +": DOUBLED.replace("~", "+"),
    "doubled by set": SET_BLOCKS,
    "doubled by macros": MACROS + "{{ m59() }}",
    "a list doubled": "{% set a = [1, 2] %}" + "{% set a = a + a %}" * 60,
    "a list of itself": "{% set a = [1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a == a }}",
    "a macro in itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "two macros": "{% macro m() %}{{ n() }}{% endmacro %}{% macro n() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a loop in itself": "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "much thrown away": "{% for a in range(1000) %}{% for b in range(1000) %}{% set x %}{{ 'x' * 0 }}"
    + "y" * 1000
    + "{% endset %}{% endfor %}{% endfor %}",
    "much printed": "{% for a in range(1000) %}{% for b in range(40) %}" + "y" * 1000 + "\n{% endfor %}{% endfor %}",
    "joined": "{% for a in range(1000) %}{{ range(1000)|join('yyyyyyyyyy') }}{% endfor %}",
    "filter block": "{% filter upper %}" + MACROS + "{{ m59() }}{% endfilter %}",
    "a long number": "{{ 1" + "0" * 5000 + " }}",
    "brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "lists in lists": "{{ " + "[" * 5000 + "1" + "]" * 5000 + " }}",
    "signs": "{{ " + "-" * 50_000 + "1 }}",
    "nested loops": "{% for a in [1] %}" * 60 + "{% endfor %}" * 60,
    "a long text": "x" * 300_000,
    "placeholders": "{% for a in range(1000) %}{% for b in range(100) %}{{ title() }}{% endfor %}{% endfor %}",
}


@pytest.mark.parametrize("text", SAFE)
def test_a_template_reaches_nothing_but_its_calls(text: str) -> None:
    found = refusals("Before.\n\n" + text)

    lines = [one.partition(":")[0] for one in found]
    assert "3" in lines, found
    assert set(lines) <= {"1", "3"}, found


@pytest.mark.parametrize("name", RUNAWAY)
def test_a_template_cannot_run_away(name: str) -> None:
    tracemalloc.start()
    begin = time.process_time()
    try:
        found = refusals(RUNAWAY[name])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(found) >= 1
    assert peak < 200_000_000
    assert time.process_time() - begin < 30


@pytest.mark.parametrize(
    "text", ["#" * 100_000, "[" * 100_000, "*a " * 60_000, "> " * 50_000 + "x", "`" * 100_000, "![" * 50_000,
             "- " * 50_000 + "x", "|" * 100_000 + "\n" + "|-" * 50_000, "<" * 100_000, "&" * 100_000, "\\" * 100_000],
)  # fmt: skip
def test_markdown_does_not_run_away_either(text: str) -> None:
    begin = time.process_time()

    refusals(text)

    assert time.process_time() - begin < 30


def test_what_a_template_may_do() -> None:
    (front,) = parts(
        "{% set names = ['a', 'b'] + ['c'] %}{% set much %}x{% endset %}"
        "{% macro twice(word) %}{{ word }}{{ word }}{% endmacro %}"
        "{% for name in names if name != 'b' %}{{ loop.index }}{{ twice(name) }}{% if not loop.last %}, {% endif %}"
        "{% endfor %}; {{ 1 + 2 * 3 }}; {{ 'x' ~ 1 }}; {{ names|join('-') }}; {{ names|length }}; "
        "{{ names[1:]|first }}; {{ 'no' if false else 'yes' }}; {{ much }}; {{ language }}; {{ {'k': 'v'}.k }}"
    )

    assert front.blocks[0].text == "1aa, 2cc; 7; x1; a-b-c; 3; b; yes; x; en; v"
