"""What scripts read."""

import json

from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.cli.envelope import SCHEMA, as_text


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.integers(), st.text(), st.booleans())))
def test_any_envelope_is_ascii_and_reads_back(data: dict[str, object]) -> None:
    text = as_text({"schema": SCHEMA, "data": data})

    assert text.isascii()
    assert json.loads(text) == {"schema": 1, "data": data}
