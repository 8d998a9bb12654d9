"""A document as PDF, in the manner of GB/T 9704. Takes seconds: for tasks, not requests."""

import logging
import os
import warnings
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from . import subsetting
from .document import Document


class PdfUnavailable(Exception):
    """No PDF can be made on this machine: a library or the fonts are missing."""


def write(document: Document) -> bytes:
    """Return the PDF of a document, in the language that is active.

    The same document gives the same bytes. Raises PdfUnavailable.
    """
    return draw(
        "reports/print.html",
        {"document": document},
        styles=("css/print.css",),
        identifier=document.digest(),
    )


def draw(
    template: str, context: dict[str, Any], *, styles: Sequence[str], identifier: str
) -> bytes:
    """Return the PDF of a template, in the language that is active.

    `styles` are its style sheets, `identifier` what tells it from others. Raises
    PdfUnavailable.
    """
    check()
    html = _weasyprint().HTML(
        string=render_to_string(template, context), url_fetcher=fetcher()
    )
    pdf: bytes = html.write_pdf(
        stylesheets=[_style_sheet(name) for name in styles],
        pdf_identifier=identifier.encode(),
        pdf_tags=True,
    )
    return pdf


def check() -> None:
    """Raise PdfUnavailable if `write` would, with the reason in words."""
    config = Path(os.environ.get("FONTCONFIG_FILE") or "nowhere")
    if not (config.is_file() and any(config.parent.glob("*-Bold.otf"))):
        raise PdfUnavailable(
            _(
                "The fonts for PDFs are missing: FONTCONFIG_FILE names no folder of ours."
            )
        )
    try:
        _weasyprint()
    except OSError as problem:
        raise PdfUnavailable(
            _("Pango is missing on this machine, so no PDF can be made.")
        ) from problem


def fetcher() -> Any:
    """Return what fetches for a PDF: nothing. Fonts come by fontconfig, charts inline."""
    return import_module("weasyprint.urls").URLFetcher(allowed_protocols={"data"})


@cache
def _weasyprint() -> ModuleType:
    # Not at the head of the module: it loads Pango, which web processes do without.
    with warnings.catch_warnings():
        # It wants libharfbuzz-subset; `subsetting` stands in for that.
        warnings.simplefilter("ignore", DeprecationWarning)
        weasyprint = import_module("weasyprint")
    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)
    subsetting.install(import_module("weasyprint.pdf.fonts"))
    return weasyprint


def _style_sheet(name: str) -> str:
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    return path
