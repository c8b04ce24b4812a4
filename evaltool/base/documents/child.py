"""The child process in which a document is read: it can hang or swell, and only itself."""

import json
import resource
import subprocess
import sys
from dataclasses import asdict

from evaltool.base.documents.bounds import MAX_BYTES, MEMORY, SECONDS, Refused
from evaltool.base.documents.reading import Converted, read
from evaltool.base.documents.sniffing import kind_of_file

TOO_LONG = f"This document could not be read within {SECONDS} seconds. Save it again as .docx or .html, or split it."
TOO_MUCH = "This document could not be read: it is damaged, or needs more memory than one document may have."


def convert(data: bytes, filename: str) -> Converted:
    """Markdown of a document, read in a child process. Raises Refused with a sentence for the person."""
    if len(data) > MAX_BYTES:
        raise Refused(f"This file is larger than {MAX_BYTES // 1024**2} MB.")
    command = [sys.executable, "-m", "evaltool.base.documents.child", filename[-200:]]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS + 10, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise Refused(TOO_LONG) from error
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise Refused(TOO_LONG if done.returncode in (-24, -9) else TOO_MUCH) from error
    if "refused" in answer:
        raise Refused(answer["refused"])
    return Converted(**answer)


def main() -> None:
    """Read a document from standard input; write what was found as JSON."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    data, filename = sys.stdin.buffer.read(), sys.argv[1]
    try:
        answer = asdict(read(data, kind_of_file(data, filename)))
    except Refused as refused:
        answer = {"refused": str(refused)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
