"""Fields, limits, sampling and names, as a dialect asks for them."""

import pytest

from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.fitting import fitted_body, fitted_name, fitted_sampling, is_forceable, most_output
from tests.wire.formats.openai_chat.kit import model

ANY = Dialect("any")


def test_fields_that_are_refused_or_left_behind_stay_here_and_the_order_is_kept() -> None:
    body = {"b": 1, "model": "m", "a": 2, "c": 3, "new": 4}
    assert fitted_body(body, ANY) == body
    assert list(fitted_body(body, Dialect("x", drop_fields=frozenset({"a"})))) == ["b", "model", "c", "new"]
    listed = Dialect("x", fields=frozenset({"model", "c", "b"}), drop_fields=frozenset({"b"}))
    assert list(fitted_body(body, listed)) == ["model", "c"]
    assert list(fitted_body(body, ANY, frozenset({"new"}))) == ["b", "model", "a", "c"]


def test_a_providers_own_fields_are_in_every_request_whatever_the_client_set() -> None:
    own = Dialect("x", fields=frozenset({"model"}), extra_fields={"store": False, "split": True})
    assert fitted_body({"store": True, "model": "m"}, own) == {"model": "m", "store": False, "split": True}


@pytest.mark.parametrize(("endpoint", "most"), [(None, 100), (50, 50), (500, 100)])
def test_the_smaller_limit_of_model_and_endpoint_holds(endpoint: int | None, most: int) -> None:
    assert most_output(model(max_output=100), Dialect("x", max_output=endpoint)) == most


@pytest.mark.parametrize(
    ("asked", "sent"), [(0, 0.01), (0.01, 0.01), (0.7, 0.7), (1, 1), (2.0, 1.0), (None, None), ("hot", "hot")]
)
def test_a_temperature_is_moved_to_what_is_accepted(asked: object, sent: object) -> None:
    body = {"temperature": asked, "top_p": 0.5}
    fitted = fitted_sampling(body, model(sampling=True), Dialect("x", temperatures=(0.01, 1.0)), ())
    assert fitted == {"temperature": sent, "top_p": 0.5}


def test_a_model_without_sampling_gets_none() -> None:
    body = {"temperature": 0.2, "top_p": 0.5, "seed": 1}
    assert fitted_sampling(body, model(sampling=False), ANY, ("temperature", "top_p")) == {"seed": 1}


def test_a_name_is_shortened_only_when_it_is_too_long_and_always_to_the_same() -> None:
    long = "mcp__server__" + "x" * 60
    assert fitted_name(long, ANY) == long
    short = fitted_name(long, Dialect("x", max_tool_name=64))
    assert len(short) <= 64
    assert short == fitted_name(long, Dialect("x", max_tool_name=64))
    assert fitted_name("read", Dialect("x", max_tool_name=64)) == "read"


@pytest.mark.parametrize(
    ("mode", "choices", "able", "forceable"),
    [
        ("auto", {"auto"}, False, True),
        ("none", {"auto"}, True, False),
        ("required", {"auto", "required"}, True, True),
        ("required", {"auto", "required"}, False, False),
        ("tool", {"auto", "required"}, True, False),
    ],
)
def test_what_a_tool_choice_may_ask_for(mode: str, choices: set[str], able: bool, forceable: bool) -> None:
    dialect = Dialect("x", tool_choices=frozenset(choices))  # type: ignore[arg-type] # plain words
    assert is_forceable(mode, model(forced_tool_choice=able), dialect) is forceable
