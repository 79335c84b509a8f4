"""HTML pages without scripts or external resources."""

from pathlib import Path
from typing import Any

import jinja2

__all__ = ["page"]


def page(template: Path, **content: Any) -> str:
    """The page of a template, with what it names. All texts in it are escaped."""
    # `page.html.j2` and `style.css` are beside this module.
    folders = [template.parent, Path(__file__).parent]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["percent"] = lambda value, digits=1: f"{100 * value:.{digits}f}"
    return environment.get_template(template.name).render(**content)
