"""Documents made by hand: Word, PDF and what hostile people send."""

import io
import zipfile
from collections.abc import Iterable
from xml.sax.saxutils import escape

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STYLES = {"Title": "Title", "Heading1": "heading 1", "Heading2": "heading 2", "Heading3": "heading 3"}

Styled = Iterable[tuple[str, str]]


def docx(paragraphs: Styled, *, extra: dict[str, bytes] | None = None, prolog: str = "") -> bytes:
    """A Word document of (style, text); "" is body text."""
    body = "".join(_paragraph(style, text) for style, text in paragraphs)
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/></w:style>'
        for key, name in STYLES.items()
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": _relations("officeDocument", "word/document.xml"),
        "word/_rels/document.xml.rels": _relations("styles", "styles.xml"),
        "word/styles.xml": f"<w:styles {W}>{styles}</w:styles>",
        "word/document.xml": f"{prolog}<w:document {W}><w:body>{body}</w:body></w:document>",
    }
    return archive({name: text.encode() for name, text in parts.items()} | (extra or {}))


def _paragraph(style: str, text: str) -> str:
    mark = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{mark}<w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def _relations(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="one" Type="{R}/{kind}" Target="{target}"/></Relationships>'
    )


def archive(parts: dict[str, bytes]) -> bytes:
    """A zip file of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return out.getvalue()


def pdf(pages: Iterable[Iterable[tuple[int, str]]], *, encrypt: bool = False) -> bytes:
    """A PDF whose pages are lines of (letter size in points, text), each line a block of its own."""
    contents = [_page(lines) for lines in pages]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, stream in enumerate(contents):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            + f"/Contents {5 + 2 * number} 0 R >>".encode()
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream")
    return _written(objects, encrypt)


def _page(lines: Iterable[tuple[int, str]]) -> bytes:
    top, shown = 800, []
    for size, text in lines:
        words = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        shown.append(f"BT /F1 {size} Tf 60 {top} Td ({words}) Tj ET")
        top -= 3 * size
    return "\n".join(shown).encode("latin-1")


def _written(objects: list[bytes], encrypt: bool) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return _locked(bytes(out)) if encrypt else bytes(out)


def _locked(data: bytes) -> bytes:
    import pypdf

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    writer.encrypt("a password", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def chapters(count: int) -> list[tuple[str, str]]:
    """A long document: a title, then chapters with two subsections and some paragraphs each."""
    filler = "A judgment rests on the words of the response, and on nothing that the judge happens to know. " * 6
    found = [("Title", "How to judge")]
    for number in range(1, count + 1):
        found += [("Heading1", f"Chapter {number}"), ("", filler), ("Heading2", f"Cases of {number}"), ("", filler)]
        found += [("Heading2", f"Doubts about {number}"), ("", f"{filler} [see] *this* _{number}_.")]
    return found
