"""The code the workload is about: files, search results and test output, generated and always the same."""

from functools import lru_cache
from string import Template

from coderouter_cli.demo.asks import Language
from coderouter_cli.demo.chance import chance, choose
from coderouter_cli.demo.turns import NOUNS, Action, Kind

_VERBS = ("load", "apply", "resolve", "merge", "collect", "publish", "settle", "reserve", "expire", "compare")

_BLOCKS: dict[Language, tuple[str, ...]] = {
    "python": (
        '''
def ${verb}_$noun($other: $Class, *, limit: int = $number) -> list[$Class]:
    """Return at most ``limit`` entries of the $noun, newest first."""
    if limit < 1:
        raise ValueError(f"limit must be positive, got {limit}")
    rows = [row for row in $other.rows if row.$noun is not None]
    rows.sort(key=lambda row: row.created_at, reverse=True)
    return rows[:limit]
''',
        '''
class $Class$Verb:
    """Keeps the $noun and the $other in step."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def ${verb}(self, key: str) -> $Class | None:
        entry = self._store.get(key)
        if entry is None or entry.expires_at <= self._clock.now():
            return None
        self._store.touch(key, seconds=$number)
        return entry.value
''',
    ),
    "typescript": (
        """
export async function $verb$Class($other: $Other, limit = $number): Promise<$Class[]> {
  if (limit < 1) {
    throw new RangeError(`limit must be positive, got $${limit}`);
  }
  const rows = await $other.find({ where: { $noun: notNull() }, order: { createdAt: 'desc' } });
  return rows.slice(0, limit).map((row) => ({ ...row, total: row.items.length }));
}
""",
        """
export function use$Class(initial: $Class | null = null) {
  const [$noun, set$Class] = useState<$Class | null>(initial);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => {
    timer.current = window.setTimeout(() => set$Class(null), $number);
    return () => window.clearTimeout(timer.current);
  }, [$noun]);
  return { $noun, set$Class };
}
""",
    ),
    "go": (
        """
// $Verb$Class returns at most limit entries, newest first.
func (s *$Other) $Verb$Class(ctx context.Context, limit int) ([]$Class, error) {
	if limit < 1 {
		return nil, fmt.Errorf("$noun: limit must be positive, got %d", limit)
	}
	ctx, cancel := context.WithTimeout(ctx, $number*time.Millisecond)
	defer cancel()
	rows, err := s.db.QueryContext(ctx, select$Class, limit)
	if err != nil {
		return nil, fmt.Errorf("$verb $noun: %w", err)
	}
	defer rows.Close()
	return scan$Class(rows)
}
""",
        """
type $Class struct {
	ID        string
	$Other    *$Other
	CreatedAt time.Time
	retries   int
}

func (v *$Class) $Verb() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.retries >= $number {
		return false
	}
	v.retries++
	return true
}
""",
    ),
    "rust": (
        """
/// Returns at most `limit` entries of the $noun, newest first.
pub fn ${verb}_$noun($other: &$Other, limit: usize) -> Result<Vec<$Class>, Error> {
    if limit == 0 {
        return Err(Error::invalid("limit must be positive"));
    }
    let mut rows: Vec<_> = $other.rows().filter(|row| row.$noun.is_some()).cloned().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.created_at));
    rows.truncate(limit.min($number));
    Ok(rows)
}
""",
        """
impl $Class {
    pub fn $verb(&mut self, key: &str) -> Option<&$Other> {
        let entry = self.entries.get_mut(key)?;
        if entry.expires_at <= Instant::now() {
            self.expired += 1;
            return None;
        }
        entry.expires_at = Instant::now() + Duration::from_secs($number);
        Some(&entry.value)
    }
}
""",
    ),
    "java": (
        """
    /** Returns at most {@code limit} entries of the $noun, newest first. */
    public List<$Class> $verb$Class($Other $other, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be positive, got " + limit);
        }
        return $other.rows().stream()
            .filter(row -> row.$noun() != null)
            .sorted(comparing($Class::createdAt).reversed())
            .limit(Math.min(limit, $number))
            .toList();
    }
""",
        """
    @Transactional
    public Optional<$Class> $verb(String key) {
        var entry = repository.findForUpdate(key).orElse(null);
        if (entry == null || entry.expiresAt().isBefore(clock.instant())) {
            return Optional.empty();
        }
        entry.extend(Duration.ofSeconds($number));
        return Optional.of(entry.value());
    }
""",
    ),
}
_HEADS: dict[Language, str] = {
    "python": '"""The $noun of the application."""\n\nfrom app.store import Clock, Store\n',
    "typescript": "import { useEffect, useState } from 'react';\nimport { notNull } from '../store';\n",
    "go": 'package $noun\n\nimport (\n\t"context"\n\t"fmt"\n\t"time"\n)\n',
    "rust": "//! The $noun of the application.\n\nuse std::time::{Duration, Instant};\n",
    "java": "package app.$noun;\n\nimport java.time.Duration;\n\npublic class Service {\n",
}
_RUNNERS: dict[Language, str] = {
    "python": "python -m pytest -q {path}",
    "typescript": "npx vitest run {path}",
    "go": "go test ./... -run Test -count=1",
    "rust": "cargo test --quiet",
    "java": "mvn -q test",
}
_FAILURES: dict[Language, str] = {
    "python": (
        "F...                                                   [100%]\n=== FAILURES ===\n"
        "    def test_$noun():\n>       assert ${verb}_$noun(entry) == $number\n"
        "E       AssertionError: assert None == $number\n\n$path:42: AssertionError\n"
        "FAILED $path::test_$noun - AssertionError\n1 failed, 3 passed in 0.41s"
    ),
    "typescript": (
        " FAIL  $path > $noun > keeps the order\nAssertionError: expected undefined to be $number\n"
        " at $path:42:18\n\n Test Files  1 failed (1)\n      Tests  1 failed | 3 passed (4)"
    ),
    "go": (
        "--- FAIL: Test$Class (0.03s)\n    ${noun}_test.go:42: got 0, want $number\nFAIL\n"
        "FAIL\tapp/internal/$noun\t0.041s\nexit status 1"
    ),
    "rust": (
        "---- ${verb}_$noun stdout ----\nthread '${verb}_$noun' panicked at $path:42:5:\n"
        "assertion `left == right` failed\n  left: 0\n right: $number\n\n"
        "test result: FAILED. 3 passed; 1 failed"
    ),
    "java": (
        "[ERROR] Tests run: 4, Failures: 1\n[ERROR] ServiceTest.$verb:42 expected: <$number> but was: <0>\n"
        "[ERROR] BUILD FAILURE"
    ),
}
_PASSES: dict[Language, str] = {
    "python": "....                                                   [100%]\n4 passed in 0.38s",
    "typescript": " ✓ $path (4 tests) 12ms\n\n Test Files  1 passed (1)\n      Tests  4 passed (4)",
    "go": "ok  \tapp/internal/$noun\t0.038s",
    "rust": "running 4 tests\n....\ntest result: ok. 4 passed; 0 failed; 0 ignored",
    "java": "[INFO] Tests run: 4, Failures: 0, Errors: 0, Skipped: 0",
}


@lru_cache(maxsize=512)
def source(path: str, language: Language) -> str:
    """The file at a path: 3 to 25 kilobytes, and one in twelve of over 50."""
    blocks = choose((160, *[8 + chance("blocks", path) % 48] * 11), "large", path)
    parts = [_fill(_HEADS[language], path, 0)]
    parts += [_fill(choose(_BLOCKS[language], path, i), path, i) for i in range(blocks)]
    return "".join(parts)


def snippet(path: str, language: Language, number: int = 0) -> str:
    """One function, as an edit would bring it in."""
    return _fill(choose(_BLOCKS[language], path, number), path, number + 100).strip("\n")


def numbered(text: str) -> str:
    """A text with line numbers, as file readers show it."""
    return "\n".join(f"{number:>6}\t{line}" for number, line in enumerate(text.splitlines(), 1))


def command(action: Action, language: Language) -> str:
    """The shell command of an action."""
    if action.kind is Kind.TEST:
        return _RUNNERS[language].format(path=action.path)
    if action.kind is Kind.SEARCH:
        return f"rg -n {needle(action.path)} --max-count 40"
    if action.kind is Kind.READ:
        return f"sed -n '1,240p' {action.path}"
    return f"git diff --stat -- {action.path}"


def needle(path: str) -> str:
    """What one searches for to find a file."""
    return _names(path, 0)["noun"]


def outcome(action: Action, language: Language) -> str:
    """What an action gives back."""
    if action.kind is Kind.READ:
        return numbered(source(action.path, language))
    if action.kind is Kind.TEST:
        return _fill((_PASSES if action.ok else _FAILURES)[language], action.path, 0)
    if action.kind is Kind.SEARCH:
        return "\n".join(_hits(action.path, language))
    if action.kind is Kind.RUN:
        return f" {action.path} | 14 +++++++++++---\n 1 file changed, 11 insertions(+), 3 deletions(-)"
    return f"The file {action.path} has been updated."


def _hits(path: str, language: Language) -> list[str]:
    lines = source(path, language).splitlines()
    noun = needle(path)
    return [f"{path}:{number}:{line}" for number, line in enumerate(lines, 1) if noun in line.lower()][:40]


def _fill(template: str, path: str, number: int) -> str:
    return Template(template).safe_substitute(_names(path, number))


def _names(path: str, number: int) -> dict[str, str]:
    noun = next((noun for noun in NOUNS if noun in path), "service")
    other = choose(NOUNS, "other", path, number)
    verb = choose(_VERBS, "verb", path, number)
    return {
        "path": path,
        "noun": noun,
        "Class": noun.capitalize(),
        "other": other,
        "Other": other.capitalize(),
        "verb": verb,
        "Verb": verb.capitalize(),
        "number": str(10 + chance("number", path, number) % 990),
    }
