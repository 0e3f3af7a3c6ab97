from coderouter_cli.routing.policies.balanced import BALANCED


def test_it_takes_the_table_as_it_is() -> None:
    assert (BALANCED.name, BALANCED.slack_pct) == ("balanced", 100)
