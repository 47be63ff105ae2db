"""Pictures that stand alone: SVG with its colours inside, which any page may show."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from typing import Any, Final

from litestar.response import Response
from markupsafe import Markup

from lifecycle.deprecations.notices.templates import environment

MEDIA_TYPE: Final = "image/svg+xml"
_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold, however it is written."""


class PictureTemplate:
    """A template beside its style sheet: ``templates/NAME.svg`` and ``templates/NAME.css``."""

    def __init__(self, name: str) -> None:
        sheet = files("lifecycle.web") / "templates" / f"{name}.css"
        self._style = sheet.read_text(encoding="utf-8").strip()
        self._template = environment("lifecycle.web").get_template(f"{name}.svg")
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self._headers = {
            "content-security-policy": f"default-src 'none'; style-src 'sha256-{digest}'",
            "cross-origin-resource-policy": "cross-origin",
        }

    def render(self, **values: Any) -> str:
        """Draw the picture."""
        style = Markup(self._style)  # noqa: S704 -- ours, and its hash is of the text as it stands
        return _UNFIT.sub("\ufffd", self._template.render(css=style, **values))

    def response(self, picture: str) -> Response[str]:
        """Answer with a picture, which loads nothing and may be shown by any site."""
        return Response(picture, media_type=MEDIA_TYPE, headers=self._headers)
