"""An autoscaler under load as one HTML file, which needs nothing beside it."""

from __future__ import annotations

from pathlib import Path

import jinja2
import msgspec

from loadtest.autoscale import report as show_autoscale
from loadtest.autoscale.run import Autoscale

TEMPLATE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Valence: autoscaling</title>
<style>
  :root { color-scheme: light }
  body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff;
         max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
  h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
  table { border-collapse: collapse } th, td { padding: .2rem .8rem .2rem 0; text-align: left;
    vertical-align: top; border-bottom: 1px solid #e6e6e6 }
  td.number { text-align: right; font-variant-numeric: tabular-nums }
  svg { width: 100%; height: auto } pre { overflow-x: auto } .lost { color: #b00020 }
</style>
<h1>Autoscaling under a step of load</h1>
<p{% if result.lost %} class="lost"{% endif %}>{{ summary }}</p>
<p>{{ result.url }}, {{ result.made }}:
{% for stage in result.stages %}{{ "%g"|format(stage.rate) }} comments/s for
{{ "%g"|format(stage.seconds) }} s{{ ", " if not loop.last else "." }}{% endfor %}</p>
{{ picture|safe }}
<h2>Figures</h2>
<table>
{% for row in rows %}<tr>{% for cell in row %}
  {%- if loop.first or loop.index0 and not row[0] %}<th>{{ cell }}</th>
  {%- else %}<td class="number">{{ cell }}</td>{% endif %}{% endfor %}</tr>
{% endfor %}</table>
<h2>Events</h2>
<table><tr><th>s</th><th>of</th><th>reason</th><th>message</th></tr>
{% for event in result.events %}<tr><td class="number">{{ "%.0f"|format(event.second) }}</td>
<td>{{ event.about }}</td><td>{{ event.reason }}{% if event.count > 1 %} ×{{ event.count }}
{% endif %}</td><td>{{ event.message }}</td></tr>
{% endfor %}</table>
<h2>Settings and machine</h2>
<pre>{{ settings }}</pre>
</html>
"""


def page(result: Autoscale, picture: Path) -> str:
    """The report, with the picture (SVG) in it."""
    svg = picture.read_text()
    about = {
        "settings": result.settings,
        "machine": result.machine,
        "commit": result.commit,
        "versions": result.versions,
    }
    environment = jinja2.Environment(autoescape=True)
    return environment.from_string(TEMPLATE).render(
        result=result,
        rows=show_autoscale.rows(result),
        summary=show_autoscale.summary(result),
        picture=svg[svg.index("<svg") :],
        settings=msgspec.json.format(msgspec.json.encode(about), indent=2).decode(),
    )
