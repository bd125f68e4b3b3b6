"""A session over two streams: what is sent, what is heard, and how it ends."""

import asyncio
import json

import pytest

from backends.ports import Unavailable
from backends.probe import stream as session
from backends.probe.backoff import Backoff
from backends.probe.stream import BOOTSTRAP, Disconnected, stream
from backends.records import Event, NodeFacts, NodeSample

HELLO = b'["h",[1,1],"0.1","gpu01",null,1790000000.0,1000.0,1.0]\n'
TICK = b'["s",1001.0,1790000000.0,[]]\n'


class Ear:
    """Standard input of a probe that keeps what it hears."""

    def __init__(self, broken=False):
        self.heard = b""
        self.broken = broken

    def write(self, data):
        self.heard += data

    async def drain(self):
        if self.broken:
            raise BrokenPipeError


class Heard:
    """Runs a session with a fake probe: a mouth to feed, and batches to look at."""

    def __init__(self, node, **settings):
        self.mouth = asyncio.StreamReader()
        self.ear = settings.pop("ear", Ear())
        self.batches = []
        self.decoder = node.decoder
        settings = {"program": "print('é')\n", "interval": 1.0, **settings}
        self.task = asyncio.create_task(stream(self.mouth, self.ear, self.decoder, self.batches.append, **settings))

    async def says(self, *lines):
        for line in lines:
            self.mouth.feed_data(line)
            await asyncio.sleep(0.002)

    async def ends(self, kind=Disconnected):
        with pytest.raises(kind) as over:
            await asyncio.wait_for(self.task, 10)
        trouble = over.value.trouble
        assert "{" not in trouble.text.format(**trouble.values)
        return over.value

    def kinds(self):
        return [[type(record) for record in batch] for batch in self.batches]


async def test_the_program_goes_out_with_its_length_in_bytes_and_then_signs_of_life(new_node):
    heard = Heard(new_node(), heartbeat=0.005, interval=2.0)
    await asyncio.sleep(0.1)
    heard.task.cancel()
    assert heard.ear.heard.startswith(b"12\nprint('\xc3\xa9')\ninterval 2\ninterval 2\n")


async def test_a_piece_is_a_batch_and_lines_may_come_in_any_pieces(new_node):
    heard = Heard(new_node())
    await heard.says(HELLO + TICK + TICK[:7], TICK[7:12], TICK[12:] + b"\r\n\n" + TICK.rstrip() + b"\r\n")
    assert heard.kinds() == [[NodeFacts, NodeSample], [NodeSample, NodeSample]]
    heard.mouth.feed_eof()
    over = await heard.ends()
    assert over.ended
    assert str(over) == "The probe ended."


async def test_a_banner_before_the_hello_is_passed_over_even_without_an_end(new_node):
    heard = Heard(new_node())
    await heard.says(b"Welcome to gpu01\n", b'["s",1,1,[]]\n', b"\xff\xfe\n", b"\x1b]0;me@gpu01\x07$ " + HELLO)
    assert heard.kinds() == [[NodeFacts]]
    heard.task.cancel()


async def test_what_it_said_instead_of_starting_is_told(new_node):
    heard = Heard(new_node())
    await heard.says(b"Welcome\n", b"bash: \x1b[31mpython3\x1b[0m: command not found")
    heard.mouth.feed_eof()
    trouble = (await heard.ends()).trouble
    assert trouble.values["said"] == "Welcome / bash: ·[31mpython3·[0m: command not found"


async def test_silence_instead_of_starting_is_told(new_node):
    heard = Heard(new_node(), silence=0.02, interval=0.001)
    assert str(await heard.ends()) == "The probe did not start within 0.02 s."
    heard = Heard(new_node(), silence=0.02, interval=0.001)
    await heard.says(b"Password: ")
    assert str(await heard.ends()).endswith("instead it said: Password:")


async def test_an_end_without_a_word_is_told(new_node):
    heard = Heard(new_node())
    heard.mouth.feed_eof()
    over = await heard.ends()
    assert str(over) == "The probe ended before it said anything."
    assert over.trouble.hint


@pytest.mark.parametrize("banner", [b"x" * 70_000, b"line\n" * 14_000])
async def test_a_banner_without_end_is_given_up(new_node, banner):
    heard = Heard(new_node())
    await heard.says(banner)
    assert "64 KiB" in str(await heard.ends())


async def test_no_sample_is_told_and_garbage_is_no_sample(new_node):
    heard = Heard(new_node(), silence=0.2, interval=0.001)
    await heard.says(HELLO)
    while not heard.task.done():
        await heard.says(b"\n")
        await asyncio.sleep(0.01)
    over = await heard.ends()
    assert str(over) == "No sample for 0.2 s."
    assert not over.ended


async def test_samples_keep_the_session_alive(new_node):
    heard = Heard(new_node(), silence=0.3, interval=0.001)
    await heard.says(HELLO)
    for _ in range(8):
        await asyncio.sleep(0.1)
        await heard.says(TICK)
    assert not heard.task.done()
    heard.task.cancel()


async def test_a_slow_interval_is_not_silence(new_node):
    heard = Heard(new_node(), silence=0.01, interval=60)
    await asyncio.sleep(0.1)
    assert not heard.task.done()
    heard.task.cancel()


async def test_a_protocol_that_we_do_not_speak_ends_it_for_good(new_node):
    heard = Heard(new_node())
    await heard.says(HELLO.replace(b"[1,1]", b"[8,9]"))
    assert (await heard.ends(Unavailable)).trouble.values["theirs"] == "8-9"


async def test_a_line_that_is_none_is_told_once_and_the_rest_goes_on(new_node):
    heard = Heard(new_node())
    await heard.says(HELLO, b"core dumped\n" + TICK, b"core dumped\n" + TICK)
    assert heard.kinds() == [[NodeFacts], [Event, NodeSample], [NodeSample]]
    assert "core dumped" in heard.batches[1][0].text
    heard.task.cancel()


async def test_nothing_but_garbage_ends_it_after_what_came_before_was_delivered(new_node):
    heard = Heard(new_node())
    await heard.says(HELLO + TICK + b"garbage \x07\n" * session.MISREAD)
    assert str(await heard.ends()) == "What the probe says cannot be read: garbage ·"
    assert heard.kinds() == [[NodeFacts, NodeSample, Event]]


async def test_a_line_without_end_is_refused(new_node):
    heard = Heard(new_node())
    await heard.says(HELLO)
    heard.mouth.feed_data(b'["!",1,"x","' + b"y" * session.LONGEST)
    assert "more than 4 MiB" in str(await heard.ends())


async def test_the_longest_line_is_taken(new_node):
    heard = Heard(new_node())
    await heard.says(HELLO)
    heard.mouth.feed_data(b'["!",1,"x","' + b"y" * (session.LONGEST - 100) + b'"]\n')
    heard.mouth.feed_eof()
    await heard.ends()
    assert len(heard.batches[-1][0].text) > session.LONGEST - 200


async def test_a_broken_ear_is_left_to_the_end_of_the_stream(new_node):
    heard = Heard(new_node(), ear=Ear(broken=True))
    await heard.says(HELLO)
    assert not heard.task.done()
    heard.mouth.set_exception(ConnectionResetError())
    assert (await heard.ends()).ended


async def test_a_second_session_of_the_same_decoder_needs_a_hello(new_node):
    node = new_node()
    first = Heard(node)
    await first.says(HELLO)
    first.mouth.feed_eof()
    await first.ends()
    second = Heard(node)
    await second.says(TICK, HELLO, TICK)
    assert second.kinds() == [[NodeFacts], [NodeSample]]
    second.task.cancel()


def test_the_bootstrap_fits_any_shell_in_single_quotes_and_any_python():
    assert "'" not in BOOTSTRAP
    assert "\n" not in BOOTSTRAP
    compile(BOOTSTRAP, "bootstrap", "exec")
    assert json.loads(HELLO)[0] == "h"


def test_pauses_double_are_jittered_and_end_at_the_longest():
    chances = iter([0.0, 1.0, 0.5, *[0.0] * 100])
    backoff = Backoff(1.0, 60.0, lambda: next(chances))
    assert [backoff.pause() for _ in range(8)] == [1.0, 1.0, 3.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    for _ in range(50):
        assert backoff.pause() == 60.0
    backoff.reset()
    assert backoff.pause() == 1.0
