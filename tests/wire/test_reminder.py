from coderouter_cli.wire.reminder import reminder


def test_a_reminder_looks_like_claude_codes_own() -> None:
    assert reminder("Be brief.") == "<system-reminder>\nBe brief.\n</system-reminder>"
