"""endoflife.date's own description of its API."""

import yaml


def read_description(standards):
    """Read the description of v1; its front matter and the site's variables are not YAML."""
    text = (standards / "endoflife/openapi_v1.yml").read_text("utf-8").split("---\n", 2)[2]
    return yaml.safe_load(text.replace("{{ site.url }}", "https://endoflife.date"))
