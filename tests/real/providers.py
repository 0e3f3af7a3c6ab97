"""The kinds of provider a client may find behind CodeRouter, each played by the scripted one."""

from dataclasses import dataclass

from coderouter_cli.demo.script import ProviderName

_MODEL = """
[[models]]
id = "house-model"
provider = "{name}"
wire_name = "{wire_name}"
max_input = 1_000_000
max_output = 128_000
quality = 90
vision = true
prices = {{ input = 1, output = 2 }}
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its provider's name in CodeRouter, the path its requests arrive at, how they travel.

    ``plays`` is whose part the scripted provider has. ``others`` are the built-in provider's models but for
    the one that is chosen for easy work. ``formats``, ``below`` (a path below that root) and ``dialect`` are
    those of a provider of the user's own, which `config` then defines with one model.
    """

    name: str
    path: str
    fidelity: str
    plays: ProviderName
    formats: str = ""
    below: str = ""
    model: str = ""
    others: tuple[str, ...] = ()
    dialect: str = ""

    def config(self, roots: dict[ProviderName, str], *, one_model: bool = False) -> str:
        """What the user has written into config.toml. ``one_model``: the router may choose one model only."""
        if not self.formats:
            return f"deny_models = {list(self.others)}\n" if one_model else ""
        url = roots[self.plays] + self.below
        provider = f'\n[providers.{self.name}]\nurl = "{url}"\nformats = ["{self.formats}"]\n{self.dialect}\n'
        return provider + _MODEL.format(name=self.name, wire_name=self.model)


ANTHROPIC = Kind(
    "anthropic",
    "/anthropic/v1/messages",
    "raw",
    "anthropic",
    others=(
        "claude-fable-5-2",
        "claude-haiku-5-5",
        "claude-opus-5",
        "claude-sonnet-5",
        "claude-sonnet-5-5",
    ),
)
DEEPSEEK = Kind(
    "deepseek",
    "/deepseek/anthropic/v1/messages",
    "sanitised",
    "deepseek",
    others=("deepseek-v4-pro",),
)
OPENAI = Kind(
    "openai",
    "/openai/v1/responses",
    "translated",
    "openai",
    others=("gpt-6-astra", "gpt-6.1-sol", "gpt-6.1-terra"),
)
CHAT_ONLY = Kind(
    "chat-only",
    "/deepseek/v1/chat/completions",
    "translated",
    "deepseek",
    formats="openai_chat",
    model="deepseek-flash",
    dialect="dialect = { reasoning_content = true }",
)
COMPATIBLE = Kind(
    "compatible",
    "/deepseek/anthropic/v1/messages",
    "sanitised",
    "deepseek",
    formats="anthropic_messages",
    below="/anthropic",
    model="deepseek-flash",
)
