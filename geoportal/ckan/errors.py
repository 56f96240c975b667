"""What cannot be read as a request."""


class BadRequest(Exception):
    """The request cannot be read; the answer is one JSON string."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(f"Bad request: {sentence}")
        self.status = status
