"""Stored bytes as they are sent: ours to be read in the browser, what others wrote to be saved."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def pdf_to_read(content: bytes | memoryview, *, name: str) -> HttpResponse:
    """A PDF that we laid out, in the browser's own reader."""
    headers = {"Content-Disposition": content_disposition_header(False, name)}
    return HttpResponse(bytes(content), content_type="application/pdf", headers=headers)


def file_to_save(content: bytes | memoryview, *, name: str, content_type: str) -> HttpResponse:
    """Bytes that are never shown in our own pages, whatever they pretend to be."""
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(bytes(content), content_type=content_type, headers=headers)
