"""The error tree, and the one table from native codes to it."""

from __future__ import annotations

import builtins
import inspect
import pickle
import re
from pathlib import Path

import pytest

from ma_streaming import errors
from ma_streaming._native.errors import ERROR_CLASSES, call, error_of, translated
from ma_streaming.errors import InternalError, InvalidArgumentError, StreamingError, UnknownSessionError

ERROR_CODES = Path(__file__).parents[2] / "native" / "MaStreaming" / "ErrorCode.cs"
CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, StreamingError)]


def codes_of_the_native_library() -> dict[str, int]:
    text = re.sub(r"///.*", "", ERROR_CODES.read_text("utf-8"))
    return {name: int(number) for name, number in re.findall(r"(\w+) = (\d+)", text)}


def test_every_error_code_of_the_native_library_has_a_python_class() -> None:
    codes = codes_of_the_native_library()

    assert codes.pop("None") == 0
    assert set(codes.values()) == set(ERROR_CLASSES)


def test_codes_become_the_class_that_is_named_like_them() -> None:
    exceptions = {"InvalidConfiguration": "Configuration", "Timeout": "StreamingTimeout", "DeliveryFailed": "Delivery"}
    exceptions |= {"NotSupported": "UnsupportedFeature", "Cancelled": "OperationCancelled"}
    for name, number in codes_of_the_native_library().items():
        if name != "None":
            assert ERROR_CLASSES[number].__name__ == exceptions.get(name, name) + "Error"


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_is_drawn_in_the_tree_with_its_builtin(kind: type[StreamingError]) -> None:
    assert errors.__doc__ is not None
    drawn = next(line for line in errors.__doc__.splitlines() if re.search(rf"\b{kind.__name__}\b", line))
    second = kind.__bases__[1].__name__ if len(kind.__bases__) > 1 else ""

    assert second == "" or f"({second})" in drawn
    assert second == "" or hasattr(builtins, second)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_keeps_text_code_and_subject_and_can_be_pickled(kind: type[StreamingError]) -> None:
    error = kind("what happened", subject="whom")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert (str(copy), copy.message, copy.subject) == ("what happened", "what happened", "whom")
    assert re.fullmatch(r"[a-z_]+", kind.code)
    assert isinstance(kind.retriable, bool)


def test_codes_are_different() -> None:
    assert len({kind.code for kind in CLASSES}) == len(CLASSES)


def test_an_unknown_native_code_is_an_internal_error_that_names_it() -> None:
    assert "4711" in str(error_of(4711, "odd"))
    assert isinstance(error_of(4711, "odd"), InternalError)


class FakeDotNetError(Exception):
    Message = "no such session"

    def CodeNumber(self) -> int:  # noqa: N802 - as .NET spells it
        return 6


def test_a_native_exception_becomes_ours_without_a_trace_of_dotnet() -> None:
    def throw() -> None:
        raise FakeDotNetError("no such session\n   at MaStreaming.X()")

    with pytest.raises(UnknownSessionError, match=r"^no such session$") as caught:
        call(throw, subject="key")

    assert caught.value.subject == "key"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_other_exceptions_of_dotnet_are_internal_errors() -> None:
    assert isinstance(translated(TypeError("No method matches")), InternalError)
    assert "unexpected ValueError" in str(translated(ValueError("x")))


def test_our_own_errors_pass() -> None:
    error = InvalidArgumentError("x")

    assert translated(error) is error
