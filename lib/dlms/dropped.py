"""Why an APDU was given up."""


class Dropped(Exception):
    """An APDU that yields nothing. cause: the counter's name; detail: for people, no secrets."""

    def __init__(self, cause: str, detail: str = ""):
        super().__init__(cause, detail)
        self.cause = cause
        self.detail = detail
