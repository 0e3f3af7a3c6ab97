import pytest

from coderouter_cli.errors import ConfigError
from coderouter_cli.storage.settings.layout import scan
from coderouter_cli.storage.settings.table import Source, Table, did_you_mean, one_of


def test_words_read_as_a_person_writes_them() -> None:
    assert one_of(["b"]) == "b"
    assert one_of(["c", "a", "b"]) == "a, b or c"


def test_the_nearest_word_is_suggested_whatever_its_case() -> None:
    assert did_you_mean("SMRT", ["smart", "direct"]) == 'Did you mean "smart"? Accepted: direct or smart.'
    assert did_you_mean("zzz", ["smart", "direct"]) == "Accepted: direct or smart."


def test_an_error_without_a_place_names_the_file() -> None:
    table = Table(Source("config.toml", scan("")), (), {"port": "x"})

    with pytest.raises(ConfigError) as caught:
        table.whole("port", 1, 0, 9)

    assert str(caught.value) == 'config.toml: port is "x"'


def test_a_key_that_a_getter_asked_for_is_known() -> None:
    table = Table(Source("config.toml", scan("")), (), {"port": 1})
    assert table.whole("port", 2, 0, 9) == 1
    table.done()

    with pytest.raises(ConfigError, match="unknown key"):
        Table(table.source, (), {"prot": 1}, known={"port"}).done()
