from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.money import Picodollars, from_usd
from coderouter_cli.wire.charges import stated_charge
from coderouter_cli.wire.registry import format_of

BYOK: JsonObject = {"is_byok": True, "cost": 0.001, "cost_details": {"upstream_inference_cost": 0.019}}


@pytest.mark.parametrize(
    ("raw", "charge"),
    [
        ({}, None),
        ({"cost": 0.5}, None),
        ({"cost": 0.00014, "is_byok": False, "cost_details": {"upstream_inference_cost": 3}}, 140_000_000),
        ({"cost": 0, "cost_details": {}}, 0),
        (BYOK, 20_000_000_000),
        ({**BYOK, "cost_details": None}, None),
        ({"cost_in_usd_ticks": 232_856_000}, 23_285_600_000),
        ({"cost_in_usd_ticks": -1}, None),
        ({"cost_in_usd_ticks": 10**30}, None),
        ({"cost": "0.5", "is_byok": False}, None),
        ({"cost": True, "is_byok": False}, None),
        ({"cost": -1, "is_byok": False}, None),
        ({"cost": 1e300, "is_byok": False}, None),
    ],
)
def test_a_charge_is_taken_where_its_currency_is_known(raw: JsonObject, charge: int | None) -> None:
    assert stated_charge(raw) == charge


@given(st.decimals(0, 1000, places=12))
def test_a_charge_is_exact_to_the_picodollar_a_float_can_hold(amount: Decimal) -> None:
    charge = stated_charge({"cost": float(amount), "is_byok": False})
    assert charge is not None
    assert abs(charge - from_usd(amount)) <= 1


@pytest.mark.parametrize("name", FormatName)
def test_it_is_read_in_every_format(name: FormatName) -> None:
    assert format_of(name).read_usage(dict(BYOK), None).billed == Picodollars(20_000_000_000)
