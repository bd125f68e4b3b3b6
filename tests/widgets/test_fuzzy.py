"""Fuzzy search."""

from hypothesis import given
from hypothesis import strategies as st

from widgets.fuzzy import score


def test_letters_must_occur_in_order() -> None:
    assert score("dg7", "drain gpu-07") is not None
    assert score("7gd", "drain gpu-07") is None
    assert score("", "anything") == 0
    assert score("x", "") is None


def test_whole_words_beat_scattered_letters_and_initials_beat_the_middle() -> None:
    texts = ["under rain", "drain", "dark red gain"]
    assert max(texts, key=lambda text: score("drain", text) or 0) == "drain"
    assert (score("gl", "gpu list") or 0) > (score("gl", "bugle") or 0)
    assert (score("node", "nodes") or 0) > (score("node", "nodes of the cluster") or 0)


def test_words_in_any_order_and_any_case_and_other_scripts() -> None:
    assert score("GPU drain", "Drain gpu-07") is not None
    assert score("节点", "nodes 节点 jd") is not None
    assert score("jd", "nodes 节点 jd") is not None


@given(st.text(max_size=20), st.text(max_size=50))
def test_it_never_fails_and_finds_what_is_contained(query: str, text: str) -> None:
    score(query, text)
    if query.split() == [query] and len(query.casefold()) == len(query):
        assert score(query, text + query) is not None
