"""A document somebody uploaded becomes Markdown: Markdown, HTML, Word (DOCX) and PDF.

`convert` does the work in a child process with bounds on time and memory, because a parser fed by strangers may hang
or swell. Nothing is fetched and nothing of the document is run: scripts, macros, pictures and links to other than web
and mail addresses are left out, and the notes say so.
"""

from evaltool.base.documents.bounds import MAX_BYTES, MAX_CHARS, MAX_PAGES, Refused
from evaltool.base.documents.child import convert
from evaltool.base.documents.outline import Heading, apply_levels, outline
from evaltool.base.documents.reading import Converted
from evaltool.base.documents.sniffing import KINDS

__all__ = [
    "KINDS",
    "MAX_BYTES",
    "MAX_CHARS",
    "MAX_PAGES",
    "Converted",
    "Heading",
    "Refused",
    "apply_levels",
    "convert",
    "outline",
]
