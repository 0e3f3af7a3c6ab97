"""Phases in many languages, and what else decides."""
# ruff: noqa: RUF001 - Cyrillic and full-width letters are what users type

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.classify.classifier import classify
from coderouter_cli.classify.features import features
from coderouter_cli.domain.features import Features
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from tests.classify.talk import NO_SIGNALS, NOTHING, conversation, user

ASKS = {
    Phase.PLAN: [
        "How should we structure the plugin system? Compare two approaches first.",
        "Explain how the scheduler picks the next job",
        "What are the trade-offs of moving sessions to Redis?",
        "这个模块的架构是怎样的？请先分析一下方案",
        "この設計の方針について説明してください",
        "¿Cómo funciona el planificador? Explica las opciones",
        "Como funciona o agendador? Explique a arquitetura",
        "Explique l'architecture du planificateur",
        "Wie funktioniert der Scheduler? Bitte erkläre die Architektur",
        "Объясни, как устроена архитектура планировщика",
        "스케줄러 구조를 분석하고 설명해줘",
        "Giải thích kiến trúc và phân tích các phương án",
    ],
    Phase.IMPLEMENT: [
        "Add a --json flag to the export command",
        "Create an endpoint that returns the user's orders, with paging",
        "实现导出功能，增加分页支持",
        "エクスポート機能を実装して、ページングに対応して",
        "Implementa la exportación a CSV con paginación",
        "Implemente a exportação para CSV com paginação",
        "Ajoute l'export CSV avec pagination",
        "Implementiere den CSV-Export mit Seitenweise-Ausgabe",
        "Реализуй экспорт в CSV с постраничным выводом",
        "CSV 내보내기 기능을 구현하고 페이지 나누기를 추가해",
        "Triển khai chức năng xuất CSV, thêm phân trang",
    ],
    Phase.DEBUG: [
        "Fix the crash when the list is empty",
        "The login page does not load, I get an error after submitting",
        "修复登录报错的问题",
        "ログイン画面でエラーになるので直してください",
        "Arregla el error al iniciar sesión, no funciona",
        "Corrija o erro ao entrar, não funciona",
        "Corrige l'erreur de connexion, ça ne marche pas",
        "Behebe den Fehler beim Anmelden, es funktioniert nicht",
        "Исправь ошибку при входе, не работает",
        "로그인 오류를 고쳐줘, 작동하지 않아",
        "Sửa lỗi đăng nhập, không hoạt động",
    ],
    Phase.TEST: [
        "Write unit tests for the parser",
        "Run the test suite",
        "给解析器写单元测试，验证覆盖率",
        "パーサーのテストとカバレッジの検証",
        "Escribe pruebas para el analizador",
        "Escreva testes para o analisador",
        "Écris des tests pour l'analyseur",
        "Schreibe Tests für den Parser",
        "Напиши тесты для парсера",
        "파서 테스트와 검증",
        "Kiểm tra và kiểm thử bộ phân tích",
    ],
    Phase.DOCUMENT: [
        "Update the README with the install steps",
        "Write docstrings for the public functions",
        "Commit with a good message and open a pull request",
        "写一份说明文档，补充注释",
        "ドキュメントとコメントの記述",
        "Documenta la API en el README",
        "Documente a API no README",
        "Documente l'API dans le README",
        "Dokumentiere die API im README",
        "Задокументируй API в README",
        "API 문서와 주석",
        "Viết tài liệu hướng dẫn, ghi chú",
    ],
    Phase.SMALL_EDIT: [
        "Rename foo to bar",
        "Fix the typo in the title: change the label to Orders",
        "Remove the debug button",
        "把标题颜色改成蓝色",
        "タイトルの色を変更、古い文言を削除",
        "Cambia el color del botón",
        "Mude a cor do botão",
        "Change la couleur du bouton",
        "Entferne den Button",
        "Удали кнопку и поменяй цвет",
        "버튼 색상을 바꿔",
        "Đổi tên, đổi màu",
    ],
}


def read(text: str) -> Features:
    return features(conversation(user(text)), NO_SIGNALS, 5_000)


@pytest.mark.parametrize(
    ("phase", "text"), [(phase, text) for phase, texts in ASKS.items() for text in texts]
)
def test_phase_of_an_ask(phase: Phase, text: str) -> None:
    assert classify(read(text)).phase is phase


def test_an_unclear_ask_is_implement_and_unsure() -> None:
    unclear = classify(read("The thing with the blue corner"))
    assert unclear.phase is Phase.IMPLEMENT
    assert unclear.confidence <= 0.2


def test_a_tie_goes_to_the_more_demanding_phase() -> None:
    tie = replace(NOTHING, words=((Phase.TEST, 5), (Phase.DEBUG, 5), (Phase.SMALL_EDIT, 5)))
    assert classify(tie).phase is Phase.DEBUG


def test_pasted_error_output_alone_is_debug() -> None:
    assert classify(read("TypeError: rows is undefined\n    at run (/p/app.js:1:2)")).phase is Phase.DEBUG


@pytest.mark.parametrize(
    ("kind", "phase", "difficulty"),
    [
        (RequestKind.TITLE, Phase.DOCUMENT, Difficulty.EASY),
        (RequestKind.COMPACTION, Phase.DOCUMENT, Difficulty.NORMAL),
        (RequestKind.SEARCH, Phase.PLAN, Difficulty.EASY),
        (RequestKind.SAFETY_CHECK, Phase.PLAN, Difficulty.NORMAL),
    ],
)
def test_requests_of_the_client_itself(kind: RequestKind, phase: Phase, difficulty: Difficulty) -> None:
    found = classify(replace(read("Fix the crash"), kind=kind))
    assert (found.phase, found.difficulty, found.evidence) == (phase, difficulty, (f"kind:{kind}",))


def test_plan_mode_is_planning_whatever_is_asked() -> None:
    found = classify(replace(read("Fix the crash when the list is empty"), plan_mode=True))
    assert (found.phase, found.confidence) == (Phase.PLAN, 1.0)
    assert "plan_mode" in found.evidence
    assert classify(replace(read("Add login"), plan_mode=True)).difficulty is Difficulty.NORMAL


BUSY = replace(NOTHING, words=((Phase.IMPLEMENT, 7),))


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        (replace(BUSY, error_streak=2), Phase.IMPLEMENT),
        (replace(BUSY, error_streak=3), Phase.DEBUG),
        (replace(BUSY, test_runs=2), Phase.IMPLEMENT),
        (replace(BUSY, test_runs=2, test_edits=1, edits=1), Phase.TEST),
        (replace(BUSY, test_runs=3, edits=2, test_edits=1), Phase.IMPLEMENT),
        (replace(NOTHING, words=((Phase.DOCUMENT, 7),), error_streak=3), Phase.DOCUMENT),
        (replace(NOTHING, words=((Phase.PLAN, 7),), test_runs=5), Phase.PLAN),
    ],
)
def test_what_the_agent_did_may_move_the_phase(state: Features, phase: Phase) -> None:
    assert classify(state).phase is phase


ORDINARY = replace(NOTHING, words=((Phase.IMPLEMENT, 7),), text_chars=300)


@pytest.mark.parametrize(
    ("state", "difficulty"),
    [
        (ORDINARY, Difficulty.NORMAL),
        (replace(ORDINARY, text_chars=30), Difficulty.EASY),
        (replace(ORDINARY, easy_words=1), Difficulty.EASY),
        (replace(ORDINARY, effort="low"), Difficulty.EASY),
        (replace(ORDINARY, hard_words=1), Difficulty.NORMAL),
        (replace(ORDINARY, hard_words=2), Difficulty.HARD),
        (replace(ORDINARY, effort="max", items=8), Difficulty.HARD),
        (replace(ORDINARY, complaint=True, words=((Phase.DEBUG, 7),)), Difficulty.HARD),
        (replace(ORDINARY, text_chars=4_000, tool_calls=60), Difficulty.HARD),
        (replace(ORDINARY, repeated_calls=3, hard_words=1), Difficulty.HARD),
        (replace(ORDINARY, error_streak=3, easy_words=3), Difficulty.HARD),
        (replace(ORDINARY, words=((Phase.SMALL_EDIT, 9),)), Difficulty.EASY),
    ],
)
def test_difficulty(state: Features, difficulty: Difficulty) -> None:
    assert classify(state).difficulty is difficulty


COUNTS = st.integers(min_value=0, max_value=60)
STATES = st.builds(
    replace,
    st.just(NOTHING),
    words=st.dictionaries(st.sampled_from(list(Phase)), st.integers(1, 25), max_size=6).map(
        lambda found: tuple(found.items())
    ),
    plan_mode=st.booleans(),
    question=st.booleans(),
    stack_trace=st.booleans(),
    complaint=st.booleans(),
    continuation=st.booleans(),
    effort=st.sampled_from([None, "low", "high", "max"]),
    text_chars=st.integers(0, 5_000),
    test_runs=COUNTS,
    edits=COUNTS,
    error_streak=st.integers(0, 5),
    tool_calls=COUNTS,
    hard_words=st.integers(0, 3),
    kind=st.sampled_from(list(RequestKind)),
)


@given(STATES)
def test_any_state_has_one_answer(state: Features) -> None:
    found = classify(state)
    assert found == classify(state)
    assert 0 < found.confidence <= 1
    assert all(code.replace("_", "").replace(":", "").isalpha() for code in found.evidence)


@given(st.text(max_size=300))
def test_evidence_holds_no_words_of_the_prompt(text: str) -> None:
    secret = "zzqx"
    assert all(secret not in code for code in classify(read(f"{text} {secret}")).evidence)
