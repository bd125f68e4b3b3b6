"""What leaves this machine names nobody: people, hosts, addresses, folders and secrets become words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.rules.scrub import Scrubber


@pytest.fixture
def scrub() -> Scrubber:
    return Scrubber("/data/home/wang", ["wang", "li"], ["gpu-07", "gw.lab.example", "10.1.2.3"])


def test_each_name_has_one_word_and_keeps_it(scrub: Scrubber) -> None:
    line = scrub.text("li@gw.lab.example: gw and gpu-07 (10.1.2.3) say no; gpu-071 and lisa are others")
    words = {name: scrub.word("host", name) for name in ("gw", "gpu-07")}
    user = scrub.word("user", "li")
    address = scrub.word("address", "10.1.2.3")
    assert line == (
        f"{user}@{words['gw']}: {words['gw']} and {words['gpu-07']} ({address}) say no; gpu-071 and lisa are others"
    )
    assert scrub.text("gpu-07") == words["gpu-07"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('File "/data/home/wang/x.py", line 3', 'File "~/x.py", line 3'),
        ("/home/zhao/.ssh/id", "/home/user-3/.ssh/id"),
        ("fe80::1 and 2001:db8::7 and 192.168.0.9:22", "address-2 and address-3 and address-4:22"),
        (
            "at 12:30:11 on 2026-11-21 Python 3.11.7 127.0.0.1 ::1",
            "at 12:30:11 on 2026-11-21 Python 3.11.7 127.0.0.1 ::1",
        ),
        ("HF_TOKEN=abcdefgh root@localhost", "HF_TOKEN=*** root@localhost"),
        ("zhao@new.host asked", "user-3@host-3 asked"),
    ],
)
def test_what_is_not_known_is_told_by_its_looks(scrub: Scrubber, text: str, shown: str) -> None:
    assert scrub.text(text) == shown


NAME = st.from_regex(r"[a-z][a-z0-9]{2,12}", fullmatch=True).filter(
    lambda name: name not in ("user", "host", "address")
)
AROUND = st.sampled_from([" ", "'", '"', ":", "/", "(", ",", "=", "@ ", "\n", "[", ";"])


@settings(max_examples=200, deadline=None)
@given(NAME, NAME, AROUND, AROUND)
def test_a_known_name_never_survives(user: str, host: str, before: str, after: str) -> None:
    scrub = Scrubber("", [user], [host])
    found = scrub.text(f"x{before}{user}{after} y{before}{host}{after} {user}@{host}")
    kept = [word for word in (user, host) if word not in ("demo", "local", "git", "ssh", "root", "daemon", "nobody")]
    words = set(found.replace("@", " ").translate(str.maketrans("'\":/(,=\n[;", " " * 10)).split())
    assert not words & set(kept)
