"""From settings and keys to a pipeline."""

from pathlib import Path

import pytest

from coderouter_cli.daemon.wiring import Works, configure, fresh_circuits, surroundings, timeouts
from coderouter_cli.domain.failure import FailureKind
from coderouter_cli.errors import ConfigError
from coderouter_cli.providers.transport import Timeouts, Transport
from coderouter_cli.storage.ledger.writer import LedgerWriter
from coderouter_cli.storage.settings import Limits, Settings
from coderouter_cli.system.clock import SystemClock
from coderouter_cli.system.paths import Paths
from coderouter_cli.system.redaction import REDACTED, Redactor
from tests.harness import HandClock

KEY = "sk-ant-api03-wiring-canary-0123456789"


@pytest.fixture
def paths(daemon_home: Path) -> Paths:
    found = Paths.from_environ({"CODEROUTER_HOME": str(daemon_home)})
    found.ensure()
    config(found, 'key_store = "env"\ndeny_models = ["claude-haiku-5-5"]')
    return found


def config(paths: Paths, text: str) -> None:
    paths.config_file.write_text(text + "\n")
    paths.config_file.chmod(0o600)


def environ(paths: Paths, **keys: str) -> dict[str, str]:
    return {"CODEROUTER_HOME": str(paths.config_dir), **keys}


def works(paths: Paths, redactor: Redactor, **keys: str) -> Works:
    return Works(paths, environ(paths, **keys), LedgerWriter(paths), Transport(), SystemClock(), redactor)


def test_the_market_is_what_the_keys_reach_without_what_is_excluded(paths: Paths) -> None:
    configuration = configure(paths, environ(paths, ANTHROPIC_API_KEY=KEY, UNRELATED_API_KEY="x"))
    assert set(configuration.keys) == {"anthropic"}
    names = {model.id for _, model in configuration.market.models()}
    assert "claude-opus-5-5" in names
    assert "claude-haiku-5-5" not in names
    assert all(model.card is not None for _, model in configuration.market.models())


def test_without_keys_there_is_nothing_to_reach(paths: Paths) -> None:
    assert list(configure(paths, environ(paths)).market.models()) == []


def test_settings_that_do_not_work_are_told(paths: Paths) -> None:
    config(paths, 'lane = "wild"')
    with pytest.raises(ConfigError, match="lane"):
        configure(paths, environ(paths))


def test_a_pipeline_made_anew_has_new_keys_and_circuits_and_the_old_warmth(paths: Paths) -> None:
    redactor = Redactor()
    made = works(paths, redactor, ANTHROPIC_API_KEY=KEY)
    first = made.pipeline(configure(paths, made.environ))
    first.around.circuits["anthropic"].failed(FailureKind.AUTH, 0.0)
    second = made.pipeline(
        configure(paths, environ(paths, ANTHROPIC_API_KEY=KEY, OPENAI_API_KEY="sk-new-key-1"))
    )
    assert not first.around.circuits["anthropic"].allows(1.0)
    assert second.around.circuits["anthropic"].allows(1.0)
    assert set(second.keys) == {"anthropic", "openai"}
    assert second.around.warmth is first.around.warmth
    assert second.books.warmth is first.books.warmth
    assert redactor.clean(f"{KEY} sk-new-key-1") == f"{REDACTED} {REDACTED}"


def test_every_provider_has_a_circuit(paths: Paths) -> None:
    configuration = configure(paths, environ(paths))
    circuits = fresh_circuits(configuration)
    assert set(circuits) == set(configuration.market.catalog.providers)
    made = works(paths, Redactor())
    assert surroundings(configuration, made.warmth, circuits).settings is configuration.settings


def test_moments_have_ids_that_grow_and_the_clocks_times(paths: Paths) -> None:
    clock = HandClock(seconds=5.0)
    made = works(paths, Redactor())
    made.clock = clock
    moments = made.moments()
    first, second = moments(), moments()
    assert first.id < second.id
    assert (first.now, first.monotonic) == (clock.now(), 5.0)


def test_the_limits_of_the_settings_are_the_transports() -> None:
    limits = Limits(connect_s=1.0, first_event_s=2.0, gap_s=3.0)
    assert timeouts(Settings(limits=limits)) == Timeouts(1.0, 2.0, 3.0, whole_s=10.0)
    assert timeouts(Settings()) == Timeouts()
