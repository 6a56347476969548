"""What ``measures.yaml`` may contain: the frozen models, whose descriptions are ``docs/reference/measures-file.md``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from itss.measures.kinds import Better, Section, Unit
from itss.model import Model
from itss.text import Text

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,49}$")]
Shape = Literal["count", "share", "ratio", "sum", "mean", "median", "p90"]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
OwnType = Literal["count", "number", "integer", "string", "instant", "boolean"]
JUDGED_FROM = 10


class OwnMeasure(Model):
    """One KPI: a shape, and expressions over the columns of one process."""

    process: str = Field(
        min_length=1, description="whose rows: a process of the product or of `processes`", examples=["incident"]
    )
    name: Text = Field(description="its name", examples=["{zh-CN: 回访覆盖率, en: Follow-up coverage}"])
    definition: Text = Field(
        description="what it is, as the report prints it: of which cases, counted when, what is left out",
        examples=["{zh-CN: …, en: …}"],
    )
    shape: Shape = Field(description="how the figure is made of the cases, see above", examples=["share"])
    of: Expression = Field(
        description="yes or no: which rows are the cases of the period. A row for which it is empty is none",
        examples=["in_period(resolved_at)"],
    )
    where: Expression | None = Field(
        None, description="share: yes or no, which of the cases count", examples=["filled(followed_up_at)"]
    )
    value: Expression | None = Field(
        None,
        description="sum, mean, median, p90: a number of each case",
        examples=['"hours(opened_at, responded_at)"'],
    )
    numerator: Expression | None = Field(
        None,
        description="ratio: `sum(number)`, `count_if(yes or no)` or `count(*)` over the cases",
        examples=["sum(returned_dispatches)"],
    )
    denominator: Expression | None = Field(
        None, description="ratio: what it is divided by, written like the numerator", examples=["sum(dispatches)"]
    )
    complement: bool = Field(
        False, description="share and ratio: 1 minus it, for what is defined by its failures", examples=["true"]
    )
    includes_cancelled: bool = Field(
        False,
        description="cancelled records count too; otherwise they are left out, as in the measures of the product",
        examples=["false"],
    )
    unit: Unit = Field(description="of count `count`, of share `share`; of the others as it is", examples=["share"])
    better: Better = Field(description="which way is better", examples=["higher"])
    section: Section = Field(
        description="the mandatory content of the report that it belongs to: a targets, b nonconformities, c workload, "
        "d major events, e trends, f satisfaction",
        examples=["a"],
    )
    judged_from: int = Field(
        JUDGED_FROM,
        ge=1,
        le=100_000,
        description="on fewer cases it makes no signal and no trend and is marked *few cases*; the status against an "
        "agreed target is stated all the same",
        examples=["10"],
    )
    version: int = Field(
        1, ge=1, le=9999, description="version of the definition; a changed definition needs a new one", examples=["1"]
    )


class OwnColumn(Model):
    """A further column; `name: type` is short for `name: {type: type}`."""

    type: OwnType = Field(
        description="`count` is a whole number, never negative; `instant` a point in time", examples=["count"]
    )
    text: Text | None = Field(
        None,
        description="what it is, for those who fill in a form; without it, its name",
        examples=["{zh-CN: 派单次数, en: dispatches}"],
    )
    values: tuple[str, ...] = Field(
        (), description="string: the closed set of its values, where there is one", examples=["[good, damaged]"]
    )
    is_plan: bool = Field(
        False,
        alias="plan",
        description="instant: planned or agreed, so that it may lie in the future; a fact may not",
        examples=["true"],
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"type": value} if isinstance(value, str) else value


class OwnProcess(Model):
    """A process that the product does not have; its column `id` is always there."""

    title: Text = Field(description="its name", examples=["{zh-CN: 备件管理, en: Spare parts}"])
    leading: Key = Field(
        description="the instant among the columns with which a record begins",
        examples=["counted_at"],
    )
    columns: dict[Key, OwnColumn] = Field(
        min_length=1,
        description="its columns by name; the names of the product (title, service, customer, category, priority, "
        "assignment_group, cause, action) mean what they mean there",
        examples=["{counted_at: instant, checked: count, good: count}"],
    )
    dimensions: tuple[Key, ...] = Field(
        (), description="columns of type string by which its KPIs can be split", examples=["[service]"]
    )
    ends: Key | None = Field(None, description="the instant that ends a record", examples=["closed_at"])
    event: Text | None = Field(
        None,
        description="what its leading instant is, in the plural; default: 记录, records",
        examples=["{zh-CN: 盘点, en: stock counts}"],
    )


class OwnFile(Model):
    """The whole file."""

    measures: dict[Key, OwnMeasure] = Field(default_factory=dict, description="the KPIs by key, the id of the measure")
    columns: dict[str, dict[Key, OwnColumn]] = Field(
        default_factory=dict,
        description="further columns of processes of the product, by process and name, for queries and forms",
        examples=["{incident: {returned_dispatches: count, dispatches: count}}"],
    )
    processes: dict[Key, OwnProcess] = Field(
        default_factory=dict, description="processes of your own, by id: the name of their SQL file and their source"
    )
