"""Files of a case: which are taken, and that each is kept once with its hash and size.

A file is what its first bytes say and not what its name says. Pictures and PDFs are taken; what a browser or a reader could run is
not: no SVG, no HTML, no PDF with a script, a launch action or a file within. A picture says its size before it is unpacked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document
from app.kernel.errors import Refused
from app.modules.service.cases import WRITE
from schemas.commands import service as commands
from schemas.operational import service as tables
from schemas.vocabulary.documents import DocumentKind

MOST_BYTES: Final = 5_000_000
MOST_FILES: Final = 30
MOST_PIXELS: Final = 60_000_000
_RUNS_IN_PDF: Final = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA", b"/OpenAction")
_FRAMES_OF_JPEG: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD9)})


@handles(commands.AttachCaseFile, permission=WRITE)
def attach_case_file(ctx: Context, data: commands.AttachCaseFile) -> Outcome:
    """Keep a picture or a PDF with a case; the same file twice is kept once."""
    case = find_document(ctx, data.case, DocumentKind.SERVICE_CASE)
    try:
        content = base64.b64decode(data.content, validate=True)
    except binascii.Error as error:
        raise Refused("file_not_encoded", field="content", name=data.name) from error
    media_type = media_type_of(content, data.name)
    digest = hashlib.sha256(content).hexdigest()
    kept = ctx.uow.where(tables.case_file, "document_id", case.id)
    if len(kept) >= MOST_FILES:
        raise Refused("too_many_files", field="content", number=case.number, most=MOST_FILES)
    if all(row.sha256 != digest for row in kept):
        ctx.uow.insert(
            tables.case_file,
            document_id=case.id,
            name=_plain_name(data.name),
            media_type=media_type,
            byte_count=len(content),
            sha256=digest,
            content_base64=base64.b64encode(content).decode("ascii"),
            made_by=ctx.principal.user_id,
            made_at=ctx.now,
        )
    return Outcome("receipt.changed", case, {"what": "service_case", "code": case.number})


def _plain_name(name: str) -> str:
    """A file's name without a path.

    >>> _plain_name("../../etc/passwd.png"), _plain_name(r"C:\\\\fotos\\\\torn.jpg")
    ('passwd.png', 'torn.jpg')
    """
    return name.replace("\\", "/").rsplit("/", 1)[-1].lstrip(".") or "file"


def media_type_of(content: bytes, name: str) -> str:
    """Say what a file is by its own bytes.

    Args:
        content: the whole file.
        name: how it is called, for the refusal.

    Returns:
        `image/png`, `image/jpeg`, `image/webp` or `application/pdf`.

    Raises:
        Refused: it is none of these, too large, cut short, or holds what could be run.

    Source: PNG (ISO/IEC 15948) 11.2.2, JPEG (ITU-T T.81) annex B, the WebP container (RFC 9649), PDF (ISO 32000-1) 7.5.
    """
    if len(content) > MOST_BYTES:
        raise Refused("file_too_large", field="content", name=name, bytes=len(content), most=MOST_BYTES)
    if content.startswith(b"%PDF-"):
        return _pdf(content, name)
    size = _size_of_picture(content)
    if size is None:
        raise Refused("file_kind", field="content", name=name)
    media_type, width, height = size
    if not 0 < width * height <= MOST_PIXELS:
        raise Refused("picture_too_large", field="content", name=name, pixels=width * height, most=MOST_PIXELS)
    return media_type


def _pdf(content: bytes, name: str) -> str:
    if b"%%EOF" not in content[-2048:]:
        raise Refused("file_kind", field="content", name=name)
    found = next((word for word in _RUNS_IN_PDF if word in content), None)
    if found is not None:
        raise Refused("file_runs_something", field="content", name=name, found=found.decode())
    return "application/pdf"


def _size_of_picture(content: bytes) -> tuple[str, int, int] | None:
    """Media type, width and height of a picture in pixels; None where it is none or is cut short."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR" and b"IEND" in content[-16:]:
        return "image/png", int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if content.startswith(b"\xff\xd8\xff"):
        frame = _frame_of_jpeg(content)
        return None if frame is None else ("image/jpeg", *frame)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        frame = _frame_of_webp(content)
        return None if frame is None else ("image/webp", *frame)
    return None


def _frame_of_jpeg(content: bytes) -> tuple[int, int] | None:
    """Width and height from the frame header, found by walking the segments."""
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAMES_OF_JPEG:
            return int.from_bytes(content[at + 7 : at + 9], "big"), int.from_bytes(content[at + 5 : at + 7], "big")
        if marker == 0xFF:
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + max(int.from_bytes(content[at + 2 : at + 4], "big"), 2)
    return None


def _frame_of_webp(content: bytes) -> tuple[int, int] | None:
    """Width and height from the first chunk: lossy, lossless or extended."""
    if len(content) < 30 or int.from_bytes(content[4:8], "little") + 8 > len(content):
        return None
    match content[12:16]:
        case b"VP8 ":
            wide, high = int.from_bytes(content[26:28], "little"), int.from_bytes(content[28:30], "little")
            return wide & 0x3FFF, high & 0x3FFF
        case b"VP8L":
            bits = int.from_bytes(content[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
        case _:
            return None
