"""Word documents: mammoth reads the styles as structure, and everything after it goes the way of HTML."""

import io
import zipfile

import mammoth

from evaltool.base.documents.bounds import Refused
from evaltool.base.documents.markup import markdown_of
from evaltool.base.documents.reading import Converted

# A document's title is a style of its own, so its headings stand one below it.
STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Heading 1'] => h2:fresh
p[style-name='Heading 2'] => h3:fresh
p[style-name='Heading 3'] => h4:fresh
p[style-name='Heading 4'] => h4:fresh
"""


def from_docx(data: bytes) -> Converted:
    """A Word document. Macros and outside parts are never looked at."""
    pictures: list[object] = []

    def leave_out(image: object) -> dict[str, str]:
        pictures.append(image)
        return {}

    try:
        found = mammoth.convert_to_html(
            io.BytesIO(data), style_map=STYLES, convert_image=mammoth.images.img_element(leave_out)
        )
    except Exception as error:  # the parser meets whatever somebody made; its own errors are many
        raise Refused("This Word file is damaged: its text could not be read.") from error
    return Converted(markdown_of(found.value), _notes(data, len(pictures)))


def _notes(data: bytes, pictures: int) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    notes = [f"{pictures} picture{'s' if pictures > 1 else ''} left out."] if pictures else []
    if any(name.endswith("vbaProject.bin") for name in names):
        notes.append("Macros left out.")
    if "word/comments.xml" in names:
        notes.append("Comments left out.")
    return notes
