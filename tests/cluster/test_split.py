"""Two sides of one source: each gets its own, neither runs away, and a slow one holds nothing up that it need not."""

from collections.abc import Generator, Iterator

from stillhouse.cluster.split import Split, together


def odd(item: int) -> bool:
    return item % 2 == 1


def test_each_side_gets_its_own_in_order() -> None:
    split = Split(iter([1, None, 2, 4, 3, None, 5]), odd, room=10)
    even, others = list(split.side(False)), list(split.side(True))
    assert [item for item in even if item is not None] == [2, 4]
    assert [item for item in others if item is not None] == [1, 3, 5]


def test_a_side_does_not_run_ahead_of_the_other() -> None:
    taken: list[int] = []

    def source() -> Iterator[int | None]:
        for item in range(1, 100, 2):
            taken.append(item)
            yield item

    even = Split(source(), odd, room=4).side(False)
    assert [next(even) for _ in range(20)] == [None] * 20
    assert len(taken) == 4


def test_the_second_stream_is_opened_when_it_is_wanted_and_both_are_drained() -> None:
    split: Split[int] = Split(iter([2, 4, 1, 6, 3]), odd, room=10)
    opened: list[str] = []

    def stream(aside: bool) -> Generator[int]:
        opened.append("odd" if aside else "even")
        for item in split.side(aside):
            if item is not None:
                yield item

    assert sorted(together(stream(False), lambda: stream(True), lambda: split.has_aside)) == [1, 2, 3, 4, 6]
    assert opened == ["even", "odd"]
    assert list(together(iter_of(2), lambda: iter_of(1), lambda: False)) == [2]


def test_closing_closes_both() -> None:
    closed: list[int] = []

    def endless(number: int) -> Generator[int]:
        try:
            while True:
                yield number
        finally:
            closed.append(number)

    streams = together(endless(1), lambda: endless(2), lambda: True)
    assert [next(streams) for _ in range(4)] == [1, 1, 2, 1]
    streams.close()
    assert sorted(closed) == [1, 2]


def iter_of(item: int) -> Generator[int]:
    yield item
