"""Functions of the native library in the way of Python's C API, called as builtins are: with nothing between.

ctypes takes half a microsecond to call a function, which is more than the native library takes for a packet. What is
used here is part of the stable ABI, the same on every CPython since 3.10.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Final

_ONE_ARGUMENT: Final = 0x0008  # METH_O


class _MethodDefinition(ctypes.Structure):
    """PyMethodDef."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


_make_function = ctypes.PYFUNCTYPE(
    ctypes.py_object, ctypes.POINTER(_MethodDefinition), ctypes.py_object, ctypes.c_void_p
)(("PyCFunction_NewEx", ctypes.pythonapi))

# CPython keeps the address of a definition for as long as there is a function of it.
_definitions: dict[int, _MethodDefinition] = {}


def use_python(runtime: Any) -> None:
    """Give the native library the functions of the C API that it needs."""
    needed = ("PyLong_AsLongLong", "PyBytes_AsStringAndSize", "PyLong_FromLongLong")
    runtime.UsePython(*(ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value for name in needed))


def python_function(name: str, address: int, bound_to: object) -> Callable[[Any], Any]:
    """Make a builtin function of one argument.

    Args:
        name: Its name.
        address: Of a C function `PyObject *(PyObject *self, PyObject *argument)`, which is called with the GIL.
        bound_to: What it gets as `self`.
    """
    definition = _definitions.setdefault(address, _MethodDefinition(name.encode(), address, _ONE_ARGUMENT, None))
    function: Callable[[Any], Any] = _make_function(ctypes.byref(definition), bound_to, None)
    return function
