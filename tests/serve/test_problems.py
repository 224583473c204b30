"""Problems have one shape, and a name of their own each."""

from __future__ import annotations

import pytest

from stream.serve.problems import DOCUMENTATION, MEDIA_TYPE, Problem, ProblemError, problem_json, problem_of_status


def test_names_are_unique_and_lead_to_the_documentation() -> None:
    assert len({problem.code for problem in Problem}) == len(Problem)
    assert problem_json(Problem.BUSY, "wait").startswith(f'{{"type":"{DOCUMENTATION}#busy"'.encode())


def test_a_problem_is_answered_with_its_status_and_headers() -> None:
    answer = ProblemError(Problem.BUSY, "wait", {"retry-after": "5"}).response()
    assert (answer.status_code, answer.media_type, answer.headers["retry-after"]) == (503, MEDIA_TYPE, "5")


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (400, Problem.BAD_REQUEST),
        (404, Problem.NO_SUCH_PAGE),
        (405, Problem.METHOD_NOT_ALLOWED),
        (413, Problem.TOO_LARGE),
        (418, Problem.BAD_REQUEST),
        (500, Problem.INTERNAL_ERROR),
        (502, Problem.INTERNAL_ERROR),
    ],
)
def test_a_status_of_the_framework_has_a_problem(status: int, problem: Problem) -> None:
    assert problem_of_status(status) is problem
