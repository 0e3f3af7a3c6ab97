from coderouter_cli.domain.conversation import Message, Text
from coderouter_cli.wire.turns import merged

A, B, C = Text("a"), Text("b"), Text("c")


def test_only_neighbours_of_one_role_become_one_message() -> None:
    turns = merged([("user", (A,)), ("user", (B, C)), ("assistant", (A,)), ("user", (B,))])
    assert turns == (Message("user", (A, B, C)), Message("assistant", (A,)), Message("user", (B,)))
    assert merged([]) == ()
