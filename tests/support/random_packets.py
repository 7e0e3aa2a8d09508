"""Packets with samples in every form that protobuf allows, and damaged ones, made byte by byte from a seed."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

VARINT, FIXED64, BYTES, GROUP, END_GROUP, FIXED32 = range(6)
DOUBLES, INTEGERS, FLAGS, TEXTS = range(1, 5)
"""Numbers of the lists in SampleColumn and SampleRow (wire contract 7.2)."""
NAMES: Final = ("A", "B", "vCar:Chassis", "Grüße", "E")

_KINDS: Final = ("PeriodicData", "RowData", "SynchroData")
_WHOLE: Final = (0, 1, -1, 2**31 - 1, -(2**31))
_REALS: Final = (0.0, -0.0, 1.0, float("inf"), float("-inf"), 5e-324)
_TEXTS: Final = ("", "x", "Grüße", "\U0001f3ce", "a longer text than fits eight bytes", "y" * 200)
_UNKNOWN: Final = (6, 15, 16, 100, 2**29 - 1)
_MASK: Final = 2**64 - 1


class RandomPackets:
    """Makes records, some as official writers do, some in other legal forms, and some damaged.

    Args:
        seed: The same seed gives the same records.
        session_key: Of the packets.
        formats: The parameters of the ids that are defined.
    """

    def __init__(self, seed: int, session_key: str, formats: Mapping[int, Sequence[str]]) -> None:
        self._random = Random(seed)
        self._session_key = session_key
        self._formats = formats
        self._is_plain = True

    def record(self) -> bytes:
        """Make the next record."""
        random = self._random
        self._is_plain = random.random() < 0.4
        kind = random.choice(_KINDS)
        content = self._content(kind)
        if random.random() < 0.2:
            content = self._damaged(content)
        named = kind if random.random() < 0.98 else random.choice((*_KINDS, "Event"))
        fields = [
            self._field(1, BYTES, named.encode()),
            self._field(2, BYTES, self._session_key.encode()),
            self._field(4, BYTES, content),
        ]
        record = self._message(fields, known=5)
        return self._damaged(record) if random.random() < 0.03 else record

    def _content(self, kind: str) -> bytes:
        random = self._random
        identifier = random.choice(list(self._formats)) if random.random() < 0.3 else 0
        count = len(self._formats[identifier]) if identifier else random.randint(1, len(NAMES))
        samples = random.choice((0, 1, 1, 2, 3, 5, 8, 30))
        fields = self._data_formats(identifier, count)
        if kind == "RowData":
            list_kind = self._list_kind()
            fields += self._times(2, self._few(samples), FIXED64)
            fields += [
                self._field(3, BYTES, self._lists(self._another(list_kind), self._few(count))) for _ in range(samples)
            ]
            return self._message(fields, known=3)
        fields.append(self._field(2, FIXED64, struct.pack("<Q", self._time())))
        if kind == "PeriodicData":
            fields.append(self._field(3, VARINT, random.choice((0, 1, 10, 1_000_000, 2**32 - 1, 2**40 + 3))))
        else:
            fields += self._times(3, self._few(max(samples - 1, 0)), VARINT)
        fields += [self._field(4, BYTES, self._lists(self._list_kind(), self._few(samples))) for _ in range(count)]
        return self._message(fields, known=4)

    def _data_formats(self, identifier: int, count: int) -> list[bytes]:
        """Give one reference to a data format; in other forms, several that are merged."""
        random = self._random
        names = random.sample(NAMES, count) if random.random() < 0.98 else random.choices(NAMES, k=count)
        cut = random.randint(0, count) if self._sometimes(0.3) else count
        parts = [
            self._message([self._text(1, name) for name in piece], known=1) for piece in (names[:cut], names[cut:])
        ]
        lists = [self._field(2, BYTES, part) for part in parts if part or self._sometimes(0.5)]
        identifiers = [self._field(1, VARINT, identifier if random.random() < 0.99 else random.choice((0, 4711)))]
        references = identifiers if identifier else lists
        if self._sometimes(0.1):
            references = [*lists, *identifiers, *lists] if random.random() < 0.5 else [*lists, *identifiers]
        if self._sometimes(0.3):
            return [self._field(1, BYTES, self._message([each], known=2)) for each in references]
        return [self._field(1, BYTES, self._message(references, known=2))]

    def _times(self, number: int, count: int, wire_type: int) -> list[bytes]:
        """Give a packed field; in other forms, several of them, and times one by one."""
        random = self._random
        small = (0, 1, 5, 1000, 2**32 - 1, 2**35)
        values = [self._time() if wire_type == FIXED64 else random.choice(small) for _ in range(count)]

        def encoded(value: int) -> bytes:
            return struct.pack("<Q", value) if wire_type == FIXED64 else self._varint(value)

        if self._sometimes(0.3):
            return [self._field(number, wire_type, encoded(value)) for value in values]
        cut = random.randint(0, count) if self._sometimes(0.3) else count
        pieces = [values[:cut], values[cut:]] if cut < count else [values]
        return [self._field(number, BYTES, b"".join(map(encoded, piece))) for piece in pieces]

    def _lists(self, kind: int, count: int) -> bytes:
        """Give a SampleColumn or SampleRow; in other forms, of several lists that are merged or replaced."""
        random = self._random
        if self._sometimes(0.03):
            return b""
        cut = random.randint(0, count) if self._sometimes(0.2) else count
        pieces = [(kind, cut), (kind, count - cut)] if cut < count else [(kind, count)]
        if self._sometimes(0.1):
            pieces.insert(0, (self._list_kind(), random.randint(0, 3)))
        return self._message(
            [
                self._field(each, BYTES, self._message([self._sample(each) for _ in range(length)], known=1))
                for each, length in pieces
            ],
            known=4,
        )

    def _sample(self, kind: int) -> bytes:
        random = self._random
        fields = []
        if random.random() < 0.9:
            fields.append(self._value(kind))
        if random.random() < 0.95:
            wide = (0, 2, 3, 200, 254, 255, 256, 2**31, _MASK)
            fields.append(self._field(2, VARINT, 1 if random.random() < 0.8 else random.choice(wide)))
        if self._sometimes(0.05):
            fields += [self._value(kind), self._field(2, VARINT, 3)]
        if self._sometimes(0.1):
            random.shuffle(fields)
        return self._field(1, BYTES, self._message(fields, known=2))

    def _value(self, kind: int) -> bytes:
        random = self._random
        if kind == DOUBLES:
            bits = random.getrandbits(64).to_bytes(8, "little")
            return self._field(1, FIXED64, bits if random.random() < 0.7 else struct.pack("<d", random.choice(_REALS)))
        if kind == TEXTS:
            return self._text(1, random.choice(_TEXTS))
        if kind == FLAGS:
            return self._field(1, VARINT, random.choice((0, 1, 1, 2, 2**40, _MASK)))
        number = random.choice(_WHOLE) if random.random() < 0.5 else random.getrandbits(64)
        return self._field(1, VARINT, number & _MASK)

    def _damaged(self, data: bytes) -> bytes:
        random = self._random
        made = bytearray(data)
        for _ in range(random.choice((1, 1, 2, 5))):
            at = random.randrange(len(made) + 1)
            way = random.randrange(5)
            if way == 0 and at < len(made):
                made[at] = random.getrandbits(8)
            elif way == 1 and at < len(made):
                made[at] ^= 1 << random.randrange(8)
            elif way == 2:
                del made[at : at + random.choice((1, 1, 4, 100))]
            elif way == 3:
                made[at:at] = bytes(random.getrandbits(8) for _ in range(random.choice((1, 1, 3))))
            else:
                made[at:at] = made[random.randrange(len(made) + 1) :][:20]
        return bytes(made)

    def _message(self, fields: list[bytes], *, known: int) -> bytes:
        """Join fields; in other forms in any order, and with fields that the schema has not."""
        if self._sometimes(0.1):
            self._random.shuffle(fields)
        if self._sometimes(0.15):
            fields.insert(self._random.randint(0, len(fields)), self._unknown(known, depth=0))
        return b"".join(fields)

    def _unknown(self, known: int, depth: int) -> bytes:
        random = self._random
        number = random.choice((*_UNKNOWN, random.randint(1, known)))
        wire_type = random.choice((VARINT, FIXED64, BYTES, FIXED32, GROUP))
        if number <= known and wire_type in {VARINT, FIXED64, BYTES}:
            wire_type = FIXED32  # no field of the schema has this type
        if wire_type == GROUP and depth == 0 and random.random() < 0.1:
            deep = random.randint(95, 101)  # parsers stop at 100, with the messages around it
            tag = self._varint(number << 3 | GROUP), self._varint(number << 3 | END_GROUP)
            return tag[0] * deep + tag[1] * deep
        if wire_type == GROUP:
            depth += 1
            inner = b"".join(self._unknown(known, depth) for _ in range(random.randint(0, 2 if depth < 4 else 0)))
            return self._varint(number << 3 | GROUP, 5) + inner + self._varint(number << 3 | END_GROUP, 5)
        values: dict[int, Callable[[], int | bytes]] = {
            VARINT: lambda: random.getrandbits(64),
            FIXED64: lambda: random.getrandbits(64).to_bytes(8, "little"),
            FIXED32: lambda: random.getrandbits(32).to_bytes(4, "little"),
            BYTES: lambda: random.getrandbits(24).to_bytes(3, "little"),
        }
        return self._field(number, wire_type, values[wire_type]())

    def _text(self, number: int, text: str) -> bytes:
        return self._field(number, BYTES, text.encode())

    def _field(self, number: int, wire_type: int, value: int | bytes) -> bytes:
        tag = self._varint(number << 3 | wire_type, 5)
        if isinstance(value, int):
            return tag + self._varint(value)
        return tag + (self._varint(len(value), 5) if wire_type == BYTES else b"") + value

    def _varint(self, value: int, longest: int = 10) -> bytes:
        """Give a number in as few bytes as possible; in other forms in more."""
        made = bytearray()
        while value >= 0x80:
            made.append(value & 0x7F | 0x80)
            value >>= 7
        made.append(value)
        if len(made) < longest and self._sometimes(0.02):
            more = self._random.randint(1, longest - len(made))
            made[-1] |= 0x80
            made += bytes([0x80] * (more - 1) + [0])
        return bytes(made)

    def _time(self) -> int:
        random = self._random
        return random.choice((0, 1_000, 2**63 - 1, 2**63, _MASK)) if random.random() < 0.02 else random.getrandbits(61)

    def _few(self, count: int) -> int:
        """Give the count, or seldom one that does not fit what else is in the packet."""
        return max(0, count + self._random.choice((-1, 1))) if self._random.random() < 0.01 else count

    def _list_kind(self) -> int:
        return self._random.choice((DOUBLES, DOUBLES, DOUBLES, INTEGERS, FLAGS, TEXTS))

    def _another(self, kind: int) -> int:
        """Give the kind, or another one of numbers, seldom of any."""
        if kind != TEXTS and self._sometimes(0.1):
            return self._random.choice((DOUBLES, INTEGERS, FLAGS))
        return self._list_kind() if self._sometimes(0.01) else kind

    def _sometimes(self, share: float) -> bool:
        return not self._is_plain and self._random.random() < share
