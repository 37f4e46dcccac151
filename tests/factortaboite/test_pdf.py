"""What goes into a PDF, and above all what cannot."""

import base64
import socket
from io import BytesIO
from threading import Thread
from time import process_time

import pytest
from pypdf import PdfReader
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from factortaboite import pdf

DOT = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>')


def page(body, head=""):
    return f'<!doctype html><html lang="fr"><head><title>Essai</title>{head}</head><body>{body}</body></html>'


@pytest.fixture(scope="module")
def plain_page():
    return pdf.render_pdf(page("<h1>Un titre</h1><p>Un paragraphe, 1 000 €.</p>"))


def test_it_is_a_tagged_pdf_for_everyone(plain_page):
    reader = PdfReader(BytesIO(plain_page))
    catalog = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "fr"
    assert reader.metadata.title == "Essai"
    assert b"pdfuaid" in catalog["/Metadata"].get_data()


def test_only_our_font_is_used_and_it_is_embedded(plain_page):
    fonts = [
        font["/DescendantFonts"][0].get_object()
        for one in PdfReader(BytesIO(plain_page)).pages
        for font in (reference.get_object() for reference in one["/Resources"]["/Font"].values())
    ]
    assert fonts
    for font in fonts:
        assert "Source-Sans" in font["/BaseFont"] or "SourceSans" in font["/BaseFont"]
        assert "/FontFile3" in font["/FontDescriptor"] or "/FontFile2" in font["/FontDescriptor"]


def test_the_same_page_gives_the_same_bytes(plain_page):
    assert pdf.render_pdf(page("<h1>Un titre</h1><p>Un paragraphe, 1 000 €.</p>")) == plain_page


def test_data_urls_are_drawn():
    drawn = pdf.render_pdf(page(f'<img alt="Un carré" src="data:image/svg+xml;base64,{DOT.decode()}">'))
    assert len(PdfReader(BytesIO(drawn)).pages) == 1


class Listener:
    """A server that only counts who knocks."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.knocks = 0
        Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.knocks += 1
            connection.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}/x"


@pytest.fixture(scope="module")
def listener():
    server = Listener()
    socket.create_connection(server.socket.getsockname()).close()  # it does hear
    while not server.knocks:
        pass
    server.knocks = 0
    yield server
    server.socket.close()


@pytest.mark.parametrize(
    "body, head",
    [
        pytest.param('<img alt="" src="{url}">', "", id="image"),
        pytest.param('<object data="{url}"></object>', "", id="object"),
        pytest.param('<p style="background: url({url})">x</p>', "", id="background"),
        pytest.param('<p style="list-style-image: url({url}); display: list-item">x</p>', "", id="bullet"),
        pytest.param('<p style="font-family: f">x</p>', "<style>@font-face{{font-family:f;src:url({url})}}</style>",
                     id="font"),
        pytest.param("x", '<link rel="stylesheet" href="{url}">', id="stylesheet"),
        pytest.param("x", "<style>@import url({url});</style>", id="import"),
        pytest.param("x", '<link rel="attachment" href="{url}">', id="attachment"),
        pytest.param('<a rel="attachment" href="{url}">x</a>', "", id="attached-link"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("source", ["network", "disk", "font-directory"])
def test_nothing_is_read_from_outside_the_page(body, head, source, listener):
    url = {
        "network": listener.url,
        "disk": "file:///etc/hostname",
        "font-directory": (pdf.FONTS / "LICENSE.txt").as_uri(),
    }[source]
    with pytest.raises(FatalURLFetchingError):
        pdf.render_pdf(page(body.format(url=url), head.format(url=url)))
    assert listener.knocks == 0


def test_a_picture_inside_a_picture_is_not_fetched_either(listener):
    inner = base64.b64encode(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="{listener.url}" width="9"/>'
        "</svg>".encode()
    ).decode()
    pdf.render_pdf(page(f'<img alt="Un dessin" src="data:image/svg+xml;base64,{inner}">'))
    assert listener.knocks == 0


def test_a_relative_link_has_nowhere_to_lead():
    reader = PdfReader(BytesIO(pdf.render_pdf(page('<img alt="" src="logo.png"><p>suite</p>'))))
    assert "suite" in reader.pages[0].extract_text()


def test_only_the_first_rendering_pays_for_the_fonts():
    """The style is built once: afterwards a page costs about what bare WeasyPrint asks for it."""
    html = page("<table>" + "<tr><th scope=row>Acheteur</th><td>1 000 €</td></tr>" * 40 + "</table>")
    css = pdf.STYLESHEET.read_text(encoding="utf-8")

    def bare():
        fonts = FontConfiguration()
        style = CSS(string=css, base_url=f"{pdf.FONTS.as_uri()}/", font_config=fonts)
        HTML(string=html).write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1", pdf_tags=True)

    def seconds(render):
        started = process_time()
        render()
        return process_time() - started

    pdf.render_pdf(html)
    ours, theirs = zip(*((seconds(lambda: pdf.render_pdf(html)), seconds(bare)) for _ in range(5)), strict=True)
    assert pdf._print_style.cache_info().misses == 1
    assert min(ours) <= 1.2 * min(theirs)
