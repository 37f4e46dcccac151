"""HTML to PDF/UA, with our fonts and our print stylesheet, and nothing from anywhere else.

WeasyPrint is imported with the first page that is printed: it is a third of a process's start and 30 MB of its memory,
and most processes never print.
"""

from __future__ import annotations

import atexit
import re
from base64 import b64encode
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import font_source_sans_pro

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

FONTS = Path(font_source_sans_pro.font_directory)
PRINT = Path(__file__).parent / "static" / "print"
STYLESHEET = PRINT / "proposal.css"

# The font configuration serves every rendering, and Pango's font map belongs to one thread at a time.
_rendering = Lock()


def render_pdf(html: str, *, also: str = "") -> bytes:
    """The PDF/UA-1 of a whole HTML page that has a title and a language. The same page gives the same bytes.

    `also` names a stylesheet of static/print that follows the common one.

    The page may only hold `data:` URLs: any other raises weasyprint.urls.FatalURLFetchingError, and nothing is ever
    read from the network or from the disk.
    """
    from weasyprint import CSS, HTML

    with _rendering:
        style, fonts = _print_style()
        page = HTML(string=html, url_fetcher=_only_data())
        styles = (
            [style, CSS(string=(PRINT / f"{also}.css").read_text(encoding="utf-8"), url_fetcher=_only_data())]
            if also
            else [style]
        )
        content: bytes = page.write_pdf(stylesheets=styles, font_config=fonts, pdf_variant="pdf/ua-1", pdf_tags=True)
    return content


def _only_data() -> URLFetcher:
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)


@cache
def _print_style() -> tuple[CSS, FontConfiguration]:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    return CSS(string=print_stylesheet(), url_fetcher=_only_data(), font_config=fonts), fonts


# A font configuration complains when it outlives WeasyPrint's own modules.
atexit.register(_print_style.cache_clear)


def print_stylesheet() -> str:
    """The print stylesheet with its fonts inside."""
    return re.sub(r'url\("([\w-]+\.otf)"\)', _with_its_font, STYLESHEET.read_text(encoding="utf-8"))


def _with_its_font(named: re.Match[str]) -> str:
    font = b64encode((FONTS / named[1]).read_bytes()).decode()
    return f'url("data:font/otf;base64,{font}")'
