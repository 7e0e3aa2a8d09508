"""What pyproject.toml can't say: the version is that of ma_streaming, and some files are made while building."""

import runpy
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
VERSION = runpy.run_path(str(HERE.parent / "ma_streaming" / "_version.py"))["__version__"]


class BuildWithMadeFiles(build_py):
    """Add the file that Python runs when it starts, and the type stubs, which are made of the table."""

    def run(self) -> None:
        """Build everything anew: what an earlier build has left would get into the wheel."""
        folder = Path(self.build_lib)
        shutil.rmtree(folder, ignore_errors=True)
        super().run()
        (folder / "ma_streaming_drop_in.pth").write_text("import ma_streaming_drop_in\n", encoding="utf-8")
        table = runpy.run_path(str(HERE / "ma_streaming_drop_in" / "table.py"))
        for path in (*table["PACKAGES"], *table["NAMES"]):
            stub = folder.joinpath(f"{table['ROOT']}-stubs", *filter(None, path.split(".")))
            stub = stub / "__init__.pyi" if path in table["PACKAGES"] else stub.with_suffix(".pyi")
            stub.parent.mkdir(parents=True, exist_ok=True)
            stub.write_text(table["source_of"](path), encoding="utf-8")


setup(version=VERSION, install_requires=[f"ma-streaming=={VERSION}"], cmdclass={"build_py": BuildWithMadeFiles})
