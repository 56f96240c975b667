"""`emap repair`: of a file on this machine, or of a dataset of the site."""

import itertools
import json
import shlex
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datasets.config import Limits
from datasets.errors import ConfigError
from datasets.model import Report, Schema, Step
from publish.desk import Desk
from publish.recipes import Accepted
from publish.terminal import code_of, say, tell, user_name, working
from validation.judge import resource_of
from validation.repairing import Offered, OneFile, accepting, offers
from validation.repairs._corrected import corrected
from validation.repairs._recipe import check_step
from validation.report import words
from validation.report.causes import causes
from validation.sandbox import Sandbox

ENDINGS = ("csv", "geojson", "xlsx")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: ids of steps (or `safe`) to accept or to undo, where things go.

    `always` is None where it follows from each repair.
    """

    accept: Sequence[str] = ()
    undo: Sequence[str] = ()
    always: bool | None = None
    recipe: Path | None = None
    out: Path | None = None
    language: str = "en"
    json_lines: bool = False


def repair_file(path: Path, schema: Schema | None, wanted: Wanted) -> int:
    """Repair one file as far as is wanted, and say what else is offered.

    The recipe is read, if it is there, and written again; the file itself is only read. Gives 0
    when the file is valid then, else 1.
    """
    check_out(path, wanted.out)
    before = undone(read_recipe(wanted.recipe), wanted.undo)
    with tempfile.TemporaryDirectory(prefix="emap-") as folder:
        file = OneFile(resource_of(path, schema), Sandbox(Limits()), Path(folder))
        with working(f"{path.name}: reading"):
            settled = accepting(wanted.accept, file, {file.resource.name: before})
        steps = settled.recipes[file.resource.name]
        if wanted.recipe:
            wanted.recipe.write_text(recipe_text(steps), encoding="utf-8")
        if wanted.out:
            write_out(file, wanted.out, Path(folder))
        _tell(settled.report, settled.accepted, wanted)
        if not wanted.json_lines:
            _conclude(settled.report, wanted.language, _next(path, settled.report, file, wanted))
        return 0 if settled.report.ok else 1


def repair_dataset(name: str, desk: Desk, wanted: Wanted) -> int:
    """Accept or undo repairs of a dataset, or list what is offered and accepted."""
    from publish import repairing  # noqa: PLC0415 - a file needs none of the site

    if wanted.recipe or wanted.out:
        raise ConfigError(f"{name}: --recipe and --out are for files; the site keeps the recipe")
    if wanted.accept:
        with working(f"{name}: repairing"):
            receipt = repairing.accept(
                name, wanted.accept, desk, user_name=user_name(), always=wanted.always
            )
    elif wanted.undo:
        with working(f"{name}: judging again"):
            receipt = repairing.undo(name, wanted.undo, desk)
    else:
        for each in repairing.accepted(name, desk):
            say(*_accepted(each, wanted))
        for one in repairing.offered(name, desk):
            say(*_offered(one, wanted))
        return 0
    tell(receipt, wanted.json_lines)
    return code_of([receipt])


def check_out(path: Path, out: Path | None) -> None:
    """Refuse to write over the original, or in a format that is not written."""
    if out is None:
        return
    if out.exists() and out.samefile(path):
        raise ConfigError(f"{out}: is the original, which stays as it came; name another file")
    if out.suffix[1:].lower() not in ENDINGS:
        raise ConfigError(f"{out}: end it with .{', .'.join(ENDINGS)}")


def write_out(file: OneFile, out: Path, folder: Path) -> None:
    """Write the corrected file. Raises ConfigError where the file could not be read at all."""
    if file.reading is None or not file.reading.ok:
        raise ConfigError(f"{file.resource.filename}: cannot be read, so there is nothing to write")
    made = corrected(file.reading, file.sandbox, folder, out.suffix[1:].lower())
    shutil.move(made, out)


def read_recipe(path: Path | None) -> tuple[Step, ...]:
    """Read the steps of a recipe's file: {"steps": [{"type", "fieldName", "options"}]}.

    None, or a file that is not there yet, has no steps. Raises ConfigError for any other.
    """
    if path is None or not path.exists():
        return ()
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        steps = tuple(_step(each) for each in said["steps"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ConfigError(f"{path}: is no recipe of steps in JSON: {error!r}") from None
    for step in steps:
        check_step(step)
    return steps


def _step(said: dict[str, Any]) -> Step:
    options = {str(name): str(value) for name, value in said.get("options", {}).items()}
    return Step(str(said["type"]), str(said.get("fieldName", "")), options)


def recipe_text(steps: Sequence[Step]) -> str:
    """Write steps in the shape of a Frictionless pipeline."""
    said = [
        {"type": step.repair}
        | ({"fieldName": step.field} if step.field else {})
        | ({"options": dict(step.values)} if step.values else {})
        for step in steps
    ]
    return json.dumps({"steps": said}, ensure_ascii=False, indent=2) + "\n"


def undone(steps: tuple[Step, ...], ids: Sequence[str]) -> tuple[Step, ...]:
    """Leave steps out by their ids. Raises ConfigError for one that is not among them."""
    wrong = set(ids) - {step.id for step in steps}
    if wrong:
        there = ", ".join(f"{step.id} ({step.repair})" for step in steps) or "none"
        raise ConfigError(f"no step {', '.join(sorted(wrong))} in the recipe; there are {there}")
    return tuple(step for step in steps if step.id not in ids)


def _tell(report: Report, accepted: Sequence[Offered], wanted: Wanted) -> None:
    for each in accepted:
        say(*_offered(each, wanted, done=True))
    for each in offers(report):
        say(*_offered(each, wanted))


def _conclude(report: Report, language: str, command: str) -> None:
    """Say the verdict as `emap validate` does, what stands against it, and what to type next."""
    found = causes(report)
    say({}, False, f"\n{words.verdict_said(found, language)}")
    for cause in found:
        if cause.severity == "error":
            said = words.cause_said(cause, language)
            severity = words.severity_said("error", language)
            say({}, False, f"{severity}: {said.what}\n    {said.how}")
    if command:
        say({}, False, words.next_said(command, language))


def _next(path: Path, report: Report, file: OneFile, wanted: Wanted) -> str:
    """Give the command that mends more of a file; empty where nothing is offered."""
    left = offers(report)
    if not left:
        return ""
    accept = "safe" if any(each.is_safe for each in left) else left[0].offer.step.id
    accepted = [*wanted.accept, *([] if accept in wanted.accept else [accept])]
    is_layer = file.reading is not None and file.reading.spatial
    out = wanted.out or f"corrected.{'geojson' if is_layer else 'csv'}"
    recipe = ["--recipe", wanted.recipe] if wanted.recipe else []
    options = [*itertools.chain(*(("--accept", each) for each in accepted)), *recipe, "--out", out]
    return shlex.join(["emap", "repair", *map(str, [path, *options])])


def _offered(each: Offered, wanted: Wanted, *, done: bool = False) -> tuple[Any, bool, str]:
    """Give an offer for `say`: as a document, and in words with its samples."""
    offer, step = each.offer, each.offer.step
    document = {
        "id": step.id,
        "accepted": done,
        "resource": each.resource,
        "check": each.finding.check,
        "question": each.is_question,
        **asdict(offer),
    }
    kind = "done" if done else "safe" if each.is_safe else "asks" if each.is_question else "look"
    head = f"{step.id}  {kind}  {each.resource}"
    where = f" · {step.field}" if step.field else ""
    told = words.offer_said(offer, wanted.language)
    lines = [f"{head}{where}: {told}. {words.mended_said(offer, wanted.language)}"]
    for sample in () if done else offer.samples:
        lines.append(f"    {sample.row or '':>7}  {sample.before!r} → {sample.after!r}")
    return document, wanted.json_lines, "\n".join(lines)


def _accepted(each: Accepted, wanted: Wanted) -> tuple[Any, bool, str]:
    kept = "always" if each.always else "for this file"
    document = {"id": each.step.id, "accepted": True, **asdict(each)}
    line = f"{each.step.id}  {kept}  {each.resource}: {each.step.repair} {each.step.field}"
    return document, wanted.json_lines, f"{line.rstrip()} ({each.user_name}, {each.time[:10]})"
