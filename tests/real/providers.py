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

    ``plays`` is whose part the scripted provider has; ``formats`` and ``below`` (a path below that root) are
    those of a provider of the user's own, which `config` then defines with one model.
    """

    name: str
    path: str
    fidelity: str
    plays: ProviderName
    formats: str = ""
    below: str = ""
    model: str = ""

    def config(self, roots: dict[ProviderName, str]) -> str:
        """What the user has written into config.toml; nothing for a provider that is built in."""
        if not self.formats:
            return ""
        url = roots[self.plays] + self.below
        provider = f'\n[providers.{self.name}]\nurl = "{url}"\nformats = ["{self.formats}"]\n'
        return provider + _MODEL.format(name=self.name, wire_name=self.model)


ANTHROPIC = Kind("anthropic", "/anthropic/v1/messages", "raw", "anthropic")
DEEPSEEK = Kind("deepseek", "/deepseek/anthropic/v1/messages", "sanitised", "deepseek")
OPENAI = Kind("openai", "/openai/v1/responses", "translated", "openai")
CHAT_ONLY = Kind(
    "chat-only",
    "/deepseek/v1/chat/completions",
    "translated",
    "deepseek",
    formats="openai_chat",
    model="deepseek-flash",
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
