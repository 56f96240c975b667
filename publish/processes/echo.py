"""Echo: gives back what it was given. Clients and the OGC's suite of tests are tried by it."""

import math
import time

import orjson

from datasets.text import ENGLISH, Text
from publish.processes import _inputs
from publish.processes._process import SYNC, Given, Input, Made, Output, Process, Work

LONGEST_S = 30
STEP_S = 0.1


class Echo(Process):
    """Needs nothing that is published. As a job it may be told to wait, so that one can look."""

    title = Text("Одјек", {ENGLISH: "Echo"})
    description = Text(
        "Враћа што му се пошаље: за пробу програма који читају ове сервисе.",
        {ENGLISH: "Gives back what it is sent: to try programs that read these services."},
    )
    inputs = (
        Input(
            "echo",
            Text("Речи", {ENGLISH: "Words"}),
            Text(
                "које се враћају, највише 200 знакова",
                {ENGLISH: "text to give back, at most 200 characters"},
            ),
            {"type": "string", "maxLength": _inputs.MAX_TEXT},
            _inputs.text,
            "text",
        ),
        Input(
            "pause",
            Text("Пауза у секундама", {ENGLISH: "Pause in seconds"}),
            Text("колико посао чека пре него што врати", {ENGLISH: "how long a job waits first"}),
            {"type": "number", "minimum": 0, "maximum": LONGEST_S, "default": 0},
            _inputs.number(0, LONGEST_S),
            "number",
            required=False,
            default=0.0,
        ),
    )
    outputs = (
        Output(
            "echo",
            Text("Исте речи", {ENGLISH: "The same words"}),
            Text("као JSON", {ENGLISH: "as JSON"}),
            {"type": "string"},
        ),
    )

    def run(self, given: Given, work: Work) -> tuple[Made, ...]:
        """Wait where nobody waits for it, and write the words."""
        wait_s = 0.0 if work.bounds is SYNC else given["pause"]
        for step in range(math.ceil(wait_s / STEP_S)):
            time.sleep(STEP_S)
            work.go_on(step * STEP_S / wait_s)
        path = work.folder / "echo.json"
        path.write_bytes(orjson.dumps(given["echo"]))
        return (Made("echo", "application/json", path),)
