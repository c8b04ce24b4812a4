"""A stand-in for the platform: the supervisor's own code around a web server of thirty lines.

Run as a script it is `up` (or `serve NAME` as one of its programs), so the tests here do not wait
for Django and do not depend on the rest of the project.
"""

import http.server
import os
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from evaltool.services import verbs  # noqa: E402
from evaltool.services.__main__ import main  # noqa: E402
from evaltool.services.plans import Plan, Program, Step  # noqa: E402

MARK = os.environ.get("TINY_MARK", "1")


def program(name: str, *arguments: str) -> Program:
    return Program(name, (sys.executable, __file__, name, *arguments))


def plan(base: Path, port: int) -> Plan:
    every = Step("prepare", (sys.executable, __file__, "prepare"), "Preparing.")
    once = Step("once", ("/bin/sh", "-c", 'echo x >> "$EVALTOOL_DATA_DIR"/once'), "Once.", mark=MARK)
    extra = [program(name) for name in os.environ.get("TINY_EXTRA", "").split()]
    programs = (program("web", str(port)), *extra)
    return Plan(steps=(every, once), programs=programs, hint="Hello from the plan.")


class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Stay quiet."""


def prepare() -> None:
    """Commit one row per start, as a migration would."""
    import psycopg2

    time.sleep(float(os.environ.get("TINY_SLOW", "0")))

    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS starts (at timestamptz DEFAULT now())")
        cursor.execute("INSERT INTO starts DEFAULT VALUES")
    connection.close()
    Path(os.environ["EVALTOOL_DATA_DIR"], "urls").write_text(
        os.environ["DATABASE_URL"] + "\n" + os.environ["REDIS_URL"] + "\n"
    )


def web(port: str) -> None:
    if os.fork() == 0:  # as gunicorn and celery do: a child of a child
        time.sleep(3600)
    http.server.HTTPServer(("127.0.0.1", int(port)), Healthy).serve_forever()


def stubborn() -> None:
    """Ends only when killed, and so does its child."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.fork()
    time.sleep(3600)


def mortal() -> None:
    time.sleep(2)
    sys.exit("the last words of mortal")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        globals()[sys.argv[1]](*sys.argv[2:])
    else:
        sys.exit(main(["up"], {"up": lambda _: verbs.serve(plan)}))
