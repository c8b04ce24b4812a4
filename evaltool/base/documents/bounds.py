"""What a document may be, and the refusal of what is not."""

MAX_BYTES = 20 * 1024**2  # of the file as uploaded
MAX_UNZIPPED = 100 * 1024**2  # of all parts of a DOCX together
MAX_PARTS = 2_000  # files inside a DOCX
MAX_PAGES = 400
MAX_CHARS = 1_000_000  # of the Markdown that comes out
SECONDS = 60  # for one document, of CPU and on the clock
MEMORY = 1_536 * 1024**2  # of address space


class Refused(Exception):
    """The document cannot be read; the text is a sentence for the person who sent it."""
