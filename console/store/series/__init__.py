"""The numeric history: samples as they came, their minutes, five minutes, hours, and the whole cluster.

A sample first lies in the `tail`; once its minute is over it goes into that minute's `chunk` of its node. Ten minutes
of a node are summed up in a row of `minutes` (and `five`), and six of these rows become blobs of an hour, one for each
card and one for the node. `docs/decisions/0005-history-layout.md` says what was measured.
"""
