"""Writes docs/reference/commands.md from the registered commands and queries: `python -m tests.architecture.command_reference`."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Final

from app.bootstrap import build_bus
from app.kernel.bus import Bus, CommandSpec, QuerySpec

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "commands.md"
_HEAD: Final = """# Commands and queries

Made from the registered commands and queries; do not edit. Every command is given with an id, runs once, and answers with a receipt:
by a form, by `tallyworks submit`, or by `POST /api/commands/NAME`. Queries are asked by `tallyworks query` or `/api/queries/NAME`.
The schema of each input is in `tallyworks commands --json` and in `/api/openapi.json`.
"""


def reference_page(bus: Bus) -> str:
    """The page as Markdown."""
    parts = [_HEAD]
    for title, specs in (("Commands", bus.commands), ("Queries", bus.queries)):
        by_area: dict[str, list[CommandSpec | QuerySpec]] = defaultdict(list)
        for _, spec in sorted(specs.items()):
            by_area[spec.area].append(spec)
        for area, found in sorted(by_area.items()):
            parts.append(f"\n## {title}: {area}\n\n| name | what it does | permission | fields |\n|---|---|---|---|\n")
            parts += [_row(spec) for spec in found]
    return "".join(parts)


def _row(spec: CommandSpec | QuerySpec) -> str:
    function = spec.handler if isinstance(spec, CommandSpec) else spec.function
    says = (function.__doc__ or "").strip().split("\n")[0].replace("|", "\\|")
    fields = ", ".join(
        f"`{name}`" if field.is_required() else f"{name}" for name, field in spec.model.model_fields.items()
    )
    return f"| `{spec.name}` | {says} | {spec.permission} | {fields} |\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(reference_page(build_bus()), encoding="utf-8")
