"""Which policy holds for a request: compared as text, looked at rarely, never wider than what was trusted."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from coderouter_cli.daemon.repositories import Known, Policy, Repositories, owner_of
from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.phase import Phase, RequestKind
from coderouter_cli.domain.session import Signals
from coderouter_cli.routing.control import Rules
from coderouter_cli.storage.repository import POLICY_FILE
from coderouter_cli.storage.trust import Trusted
from tests.harness import HandClock

RULES = Rules(lane=Lane.DIRECT, floors={Phase.PLAN: 80}, deny_providers=("deepseek",))


def known(root: Path | str, *more: str, text: str = "") -> Known:
    return Known(Trusted((str(root), *more), text, datetime(2026, 11, 23, tzinfo=UTC)), RULES)


def origin(kind: RequestKind = RequestKind.TURN, session: str | None = "s") -> Signals:
    return Signals("claude-code", session, None, kind)


@pytest.mark.parametrize(
    ("directory", "root"),
    [
        ("/r/repo", "/r/repo"),
        ("/r/repo/src/deep", "/r/repo"),
        ("/r/repo/inner/src", "/r/repo/inner"),
        ("/link/src", "/r/repo"),
        ("/r/repo/", "/r/repo"),
        ("/r/repository", None),
        ("/r", None),
        ("/r/repo/../other", None),
        ("r/repo", None),
        ("", None),
        ("/r/repo\0/x", None),
        ("~/repo", None),
    ],
)
def test_the_innermost_root_by_its_parts(directory: str, root: str | None) -> None:
    found = owner_of(directory, (known("/r/repo", "/link"), known("/r/repo/inner")))
    assert (None if found is None else found.trusted.roots[0]) == root


async def test_no_trust_no_policy(tmp_path: Path) -> None:
    assert await Repositories().policies(str(tmp_path), origin(), HandClock()) == ()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / POLICY_FILE).write_text("")
    return tmp_path


async def test_it_holds_below_its_root_as_long_as_the_file_is_there(root: Path) -> None:
    clock, repositories = HandClock(), Repositories((known(root),))

    async def held() -> tuple[Policy, ...]:
        clock.seconds += 1
        return await repositories.policies(str(root / "src"), origin(), clock)

    (first,) = await held()
    assert (first.rules, first.changed) == (RULES, False)
    assert str(root) not in repr(first)
    (root / POLICY_FILE).write_text("deny_providers = []")
    assert await held() == (Policy(RULES, first.digest, changed=True),), "what was trusted holds"
    (root / POLICY_FILE).unlink()
    assert await held() == ()


async def test_the_file_is_looked_at_once_a_second(root: Path) -> None:
    clock, repositories = HandClock(), Repositories((known(root),))
    assert len(await repositories.policies(str(root), origin(), clock)) == 1
    (root / POLICY_FILE).unlink()
    assert len(await repositories.policies(str(root), origin(), clock)) == 1
    clock.seconds += 1
    assert await repositories.policies(str(root), origin(), clock) == ()


async def test_a_session_keeps_its_directory(root: Path) -> None:
    clock, repositories = HandClock(), Repositories((known(root),))
    check = origin(RequestKind.SAFETY_CHECK)
    assert await repositories.policies(None, check, clock) == ()
    await repositories.policies(str(root), origin(), clock)
    assert len(await repositories.policies(None, check, clock)) == 1
    assert await repositories.policies(None, origin(session="other"), clock) == ()
    assert await repositories.policies(None, origin(session=None), clock) == ()
    await repositories.policies("/elsewhere", origin(), clock)
    assert await repositories.policies(None, check, clock) == ()


async def test_a_title_of_a_session_that_has_not_said_where_is_held_to_every_bound(root: Path) -> None:
    repositories = Repositories((known(root), known("/gone")))
    (held,) = await repositories.policies(None, origin(RequestKind.TITLE), HandClock())
    assert held.rules == Rules(deny_providers=("deepseek",))
    assert await repositories.policies("/elsewhere", origin(RequestKind.TITLE), HandClock()) == ()
