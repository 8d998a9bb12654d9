"""A notice as a paper, in the manner of GB/T 9704, with room for the seal (十三)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.utils import translation
from django.utils.timezone import localdate

from contracts.models import Contact, Contract, Notice, Party, Side

from . import pdf

#: The contract's language, whatever the reader's is: this is what gets the seal.
LANGUAGE = "zh-hans"
ATTACHMENTS = re.compile(r"^\s*附件\s*\d*\s*[:：]\s*")
ITEM = re.compile(r"^\s*(?:附件)?\s*\d+\s*[.．、:：]\s*")


@dataclass(frozen=True, slots=True)
class Letter:
    """What stands on the paper. A draft has no number and no date, and says so."""

    title: str
    number: str
    addressee: str
    paragraphs: Sequence[str]
    attachments: Sequence[str]
    sender: str
    issued_on: date | None
    contact: Contact | None
    contract: Contract
    clause: str

    @property
    def digest(self) -> str:
        said = (self.number, self.title, *self.paragraphs, *self.attachments)
        return sha256("\n".join(said).encode()).hexdigest()


def letter_of(notice: Notice) -> Letter:
    """Return a notice as it is to be printed."""
    contract = notice.contract
    parties: dict[str, Party] = {Side.A: contract.party_a, Side.B: contract.party_b}
    paragraphs, attachments = parts_of(notice.body)
    return Letter(
        title=notice.title,
        number=notice.number,
        addressee=parties[Side(notice.side).other].name,
        paragraphs=paragraphs,
        attachments=attachments,
        sender=parties[notice.side].name,
        issued_on=notice.issued_at and localdate(notice.issued_at),
        contact=notice.contact,
        contract=contract,
        clause=notice.clause.ref,
    )


def parts_of(body: str) -> tuple[list[str], list[str]]:
    """Return the paragraphs of a text, and the attachments that its end names.

    >>> parts_of("请于期限内整改。\\n特此通知。\\n附件：1.问题清单\\n2.现场照片")
    (['请于期限内整改。', '特此通知。'], ['问题清单', '现场照片'])
    """
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    start = next(
        (place for place, line in enumerate(lines) if ATTACHMENTS.match(line)),
        len(lines),
    )
    named = [ATTACHMENTS.sub("", line, count=1) for line in lines[start:]]
    attachments = [ITEM.sub("", line, count=1) for line in named]
    return lines[:start], [one for one in attachments if one]


def write(letter: Letter) -> bytes:
    """Return the PDF of a letter. Raises PdfUnavailable."""
    pdf.check()  # in the reader's language
    with translation.override(LANGUAGE):
        return pdf.draw(
            "reports/letter.html",
            {"letter": letter},
            styles=("css/print.css", "css/letter.css"),
            identifier=letter.digest,
        )
