"""Errors that a user can cause. The command line prints them as one line, without a traceback, and exits with 2."""


class UserError(Exception):
    """Something outside the program is wrong: a recipe, a file, an endpoint, a missing package.

    `way_out` says what to do about it; both parts are one sentence each.
    """

    def __init__(self, problem: str, way_out: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.problem} {self.way_out}".strip()
