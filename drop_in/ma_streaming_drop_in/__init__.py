"""Let programs import `ma_dataplatforms_streaming_support_library`, and give them ma_streaming.

Python imports this whenever it starts, because ma_streaming_drop_in.pth says so; so it loads nothing that Python has
not loaded already. Where Python reads no .pth files (with `python -S`, or from a folder on PYTHONPATH), a program
imports this module first.
"""

import sys

TYPE_CHECKING = False  # type checkers take it for True; the module typing would take longer to load than all of this
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

_ROOT = "ma_dataplatforms_streaming_support_library"


class RootFinder:
    """Finds the package at the root, when it is first imported. The modules in it are found through its path."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> "ModuleSpec | None":  # noqa: ARG004 - the import system's signature
        """Give the package, or None for every other module.

        Raises:
            ImportError: Another package of that name is installed, too.
        """
        if name != _ROOT:
            return None
        from ma_streaming_drop_in.modules import root_spec

        return root_spec(RootFinder)


sys.meta_path.insert(0, RootFinder)  # before all others, so that it sees when there are two packages of that name
