"""A logger that prints every line with its level."""

from ma_dataplatforms_streaming_support_library.core.base.logger import ILogger


class ScreenLogger(ILogger):
    def __init__(self, name: str):
        self.__name = name

    def debug(self, message: str) -> None:
        self.__print("D", message)

    def info(self, message: str) -> None:
        self.__print("I", message)

    def warning(self, message: str) -> None:
        self.__print("W", message)

    def error(self, message: str) -> None:
        self.__print("E", message)

    def __print(self, level: str, message: str) -> None:
        print(f"[{self.__name} {level}] {message}")
