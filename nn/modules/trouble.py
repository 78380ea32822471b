"""Which module an error came from: a note on the exception, such as "in Net.fc2 (Linear(...))"."""

from __future__ import annotations

from typing import Any


def locate(error: Exception, module: Any) -> None:
    """Add one more step to the path, as the exception passes a module on its way out.

    The note names the module where the error arose by its path from the outermost one. Nothing of
    this happens, or costs anything, while all goes well.
    """
    if "_kinds" not in vars(module):
        error.add_note(f"{type(module).__name__}.__init__ has not called super().__init__(): it must come first")
        return
    record = vars(error).setdefault("_module_path", {"inner": module, "outer": module, "path": ""})
    if record["outer"] is not module:
        name = next((name for name, child in module.named_modules() if child is record["outer"]), None)
        step = f"[{type(record['outer']).__name__}]" if name is None else name
        record["path"] = f".{step}{record['path']}"
        record["outer"] = module
    note = f"in {type(module).__name__}{record['path']} ({summary(record['inner'])})" if record["path"] else ""
    notes = [known for known in getattr(error, "__notes__", []) if known != record.get("note")]
    record["note"] = note or f"in {summary(module)}"
    error.__notes__ = [*notes, record["note"]]


def summary(module: Any) -> str:
    """A module in one line, without its children."""
    return f"{type(module).__name__}({' '.join(module.extra_repr().split())})"
