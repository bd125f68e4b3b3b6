"""Node sets: what unfolds folds back, groups are ours alone, and what is hostile or endless is refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.nodesets import MOST, NodeSetError, addresses, fold, sensible, unfold

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,3}(-[a-z0-9]{1,3})?[0-9]{0,3}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("gpu7", "gpu7"),
        ("gpu[01-03]", "gpu01 gpu02 gpu03"),
        ("gpu[9-10]", "gpu9 gpu10"),
        ("r[1-2]n[1-2]", "r1n1 r1n2 r2n1 r2n2"),
        ("h[01-10/3]-ib", "h01-ib h04-ib h07-ib h10-ib"),
        ("b,a[2,1],b", "b a1 a2"),
        ("gpu[1-4]!gpu[2-3]", "gpu1 gpu4"),
        ("a[1-3]&a[2-9]", "a2 a3"),
        ("a[1-2]^a[2-3]", "a1 a3"),
        ("10.0.0.[1-2]", "10.0.0.1 10.0.0.2"),
        ("@train, x1", "t1 t2 x1"),
        ("@train!t1", "t2"),
        (" a1 , a2 ", "a1 a2"),
    ],
)
def test_a_set_unfolds_in_the_order_in_which_it_is_written(text: str, names: str) -> None:
    assert unfold(text, {"train": ("t1", "t2")}) == tuple(names.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no node"),
        ("a!a", "names no node"),
        ("@all", "no group @all; there are @train"),
        ("@", "no group"),
        ("gpu*", "“*” is no wildcard"),
        ("gpu?", "“?” is no wildcard"),
        ("gpu[1-2", "no node set"),
        ("gpu1]", "no node set"),
        ("gpu[2-1]", "no node set"),
        ("gpu[x]", "no node set"),
        ("gpu[1-99999999]", f"more than {MOST}"),
        ("a[1-100]b[1-100]", f"more than {MOST}"),
        ("a[1-9999999999999999999]", "no range"),
        ("a[1-8000],b[1-8000]", f"more than {MOST}"),
        ("a,,b", "lacks a name"),
        ("-oProxyCommand=x", "no host name"),
        ("a b", "no host name"),
        ("a;reboot", "no host name"),
        ("$(id)", "no host name"),
        ("a/b", "no host name"),
        ("user@h1", "no host name"),
        ("h1:22", "no host name: a port stands in the address"),
        ("a.", "no host name"),
        ("x" * 254, "no host name"),
        ("数据1", "cannot stand"),
        ("a\x1b[31m", "cannot stand"),
        ("a[１-２]", "cannot stand"),
    ],
)
def test_what_is_no_set_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(NodeSetError) as caught:
        unfold(text, {"train": ("t1",)})
    assert said in str(caught.value)


@given(st.lists(NAMES, max_size=12))
def test_what_is_folded_unfolds_to_the_same(names: list[str]) -> None:
    assert all(map(sensible, names))
    folded = fold(names)
    assert set(unfold(folded) if names else ()) == set(names)
    assert len(unfold(folded) if names else ()) == len(set(names))


def test_a_row_of_names_folds_to_a_range() -> None:
    assert fold(f"gpu{number:02d}" for number in range(1, 17)) == "gpu[01-16]"
    assert fold([]) == ""
    assert fold(["one"]) == "one"
    assert fold(["odd name", "b"]) == "odd name,b"


@given(st.text(alphabet="ab1[]-,/!&^@*? \x00数", max_size=20))
def test_any_text_is_a_set_of_sensible_names_or_an_error(text: str) -> None:
    try:
        found = unfold(text)
    except NodeSetError:
        return
    assert found
    assert all(map(sensible, found))
    assert len(set(found)) == len(found) <= MOST


def test_names_may_have_a_user_each() -> None:
    assert addresses("root@h[1-2],i7,wang@k1") == {"h1": "root@h1", "h2": "root@h2", "i7": None, "k1": "wang@k1"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("root@127.0.0.2:2222", {"127.0.0.2": "root@127.0.0.2:2222"}),
        ("root@h[1-2]:22,i7:023", {"h1": "root@h1:22", "h2": "root@h2:22", "i7": "i7:23"}),
        ("h:1,a@h:2,i:1", {"h-1": "h:1", "h-2": "a@h:2", "i": "i:1"}),
        ("h,h:2", {"h": None, "h-2": "h:2"}),
    ],
)
def test_names_may_have_a_port_which_is_no_part_of_them(text: str, found: dict[str, str | None]) -> None:
    assert addresses(text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a@h1,b@h1", "two users"),
        ("-x@h1", "no name of a user"),
        ("a b@h1", "no name of a user"),
        ("a@-h1", "no host name"),
        ("a@h[1-3]!h2", "only “,”"),
        ("a@", "names no node"),
        ("a@@g", "no name of a user"),
        ("@foo", "“@foo” would be a group, and there is none here; name the nodes"),
        ("a@h:1,b@h:1", "two users"),
        ("lab2,LAB2", "LAB2: host names do not differ by case from lab2"),
        ("h:", "“” is no port"),
        ("h:0", "“0” is no port: it is a number from 1 to 65535"),
        ("h:65536", "no port"),
        ("h:22x", "no port"),
        ("root@fe80::1", "an IPv6 address"),
        ("h:1,h:2,h-2", "two nodes would be called h-2"),
    ],
)
def test_hosts_that_cannot_be_meant_are_refused(text: str, said: str) -> None:
    with pytest.raises(NodeSetError) as caught:
        addresses(text)
    assert said in str(caught.value)
