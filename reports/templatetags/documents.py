"""Drawing documents: `{% load documents %}`."""

from django import template
from django.utils.safestring import SafeString

from reports import charts
from reports.document import Chart, Column, Table

register = template.Library()

MOST_ACROSS = 10  # columns of numbers that a sheet of paper takes
MOST_DOWN = 12  # rows worth their room beside a chart on paper


@register.simple_tag
def chart_svg(chart: Chart, list_url: str = "") -> SafeString:
    return charts.svg(chart, list_url=list_url)


@register.filter
def beside(chart: Chart) -> list[Table]:
    """Return a chart's numbers for paper: many categories run across, ten at a time."""
    if len(chart.categories) <= MOST_DOWN:
        return [chart.table]
    return [
        Table(
            title="",
            columns=(
                Column(chart.across),
                *(
                    Column(category, chart.values)
                    for category in chart.categories[start : start + MOST_ACROSS]
                ),
            ),
            rows=tuple(
                (line.label, *line.values[start : start + MOST_ACROSS])
                for line in chart.series
            ),
        )
        for start in range(0, len(chart.categories), MOST_ACROSS)
    ]
