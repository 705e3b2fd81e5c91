"""``docs/validation.md`` from a full run: ``python -m sim.check.document``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sim.check import told
from sim.check.measured import FACES, Effort
from sim.check.suite import CHECKS, Report, Result, options, run_checks

TARGET = Path(__file__).resolve().parents[2] / "docs" / "validation.md"

INTRODUCTION = """\
# Validation: is it right?

<!-- Made by `make validation` (python -m sim.check.document). Do not edit. -->

Every number on this page was measured on the kernels that the market runs on, and is held against a
value that nobody here made up: exact, in closed form, from a plain twin, or published.

```
make check                                          # the full suite; exit code 1 if a check fails
.venv/bin/sim check --quick                         # a fifth of the luck, under a minute
.venv/bin/sim check ic auctions                     # some checks, or a family
.venv/bin/sim check ic --graph karate --seed-node 0 --p 0.1     # an instance of your own
.venv/bin/sim check --list                          # sources and options
```

`sim check` prints this table, writes a page with a picture for every check
(`runs/check/check.html`) and all numbers as JSON. `--seed` draws other luck; `make test` runs the
quick suite."""

JUDGED = """\
## How it is judged

Each number comes with a standard error: from theory where theory knows it, else from independent
repetitions. z is how many of them it is off. Of many correct numbers some are far off by luck, so
all numbers of a run are judged together by Holm's (1979) procedure at 0.1 %: a correct engine fails
in one run in a thousand at most, whatever the seed. Numbers without luck must be the very value. A
check stands in the table by the number that is farthest off.

Some facts are known as a range: within it a number agrees, beyond it z counts from the nearer end.
Where the model is known not to do what the world does, the number is told as a known miss, with the
reason. It is judged by itself and fails nothing, so that a new failure stands out.

Could a check fail at all? `tests/check/test_breaks.py` plants a bug of the kind that people make
into the source of the kernel behind every check (a tie that is tried twice, one's own bid charged,
k / (N − 1) for k / N) and demands that the check fails.

Twins are the rule in plain Python under the same random words as the kernel. They must agree in
every person and every price, so they see mistakes that hardly move a mean."""

RAND_AND_RUST = """\
## Verification and validation after Rand & Rust (2011)

Verification asks whether the program does what the model says; validation, whether the model says
what the world does. Rand & Rust ask for four kinds of evidence of the second."""

EVIDENCE = {
    "verification": (
        "The program is the model",
        "Exact values, twins and closed forms above; conservation of money and goods every day of"
        " every test (`check: daily`); the model in words, equation by equation, in"
        " [model.md](model.md).",
    ),
    "micro-face": (
        "What people and firms do is plausible one by one",
        "Every decision has a rule of the literature, with its source in [model.md](model.md)"
        " (section 7): logit choice, Nerlove and Arrow's goodwill, one try per tie, bids in keyword"
        " auctions.",
    ),
    "macro-face": (
        "What comes of it together looks like what is known",
        "Adoption curves, outbreak sizes and prices under supply as theory has them; the essays'"
        " claims, each with what was found, at the end of [model.md](model.md).",
    ),
    "empirical input": (
        "What goes in was measured",
        "Needs fitted to CDNOW's customers, shapes and prices from published figures"
        " ([calibration.md](calibration.md)). Settings without a source are called assumptions in"
        " [scenario.md](scenario.md), and there are many.",
    ),
    "empirical output": (
        "What comes out is what was measured",
        "Repeat purchases of the weeks that were not fitted, and the flagship's prices, rates and"
        " costs beside published ones, misses included ([calibration.md](calibration.md)). No run"
        " has been held against the books of a real merchant who changed from traffic to community:"
        " we know of no such data.",
    ),
}


def document(report: Report) -> str:
    """Return the page as Markdown."""
    parts = [INTRODUCTION, f"## What was found\n\n{told.verdict(report)}. {told.sureness(report)}"]
    for family in dict.fromkeys(result.check.family for result in report.results):
        results = [result for result in report.results if result.check.family == family]
        parts.append(f"### {family.capitalize()}\n\n" + "\n".join(_table(results)))
        if any(result.found.beside for result in results):
            parts.append("\n".join(_beside(results)))
    parts += ["\n".join(_own()), JUDGED, RAND_AND_RUST + "\n\n" + "\n".join(_faces(report))]
    return "\n\n".join(parts) + "\n"


def _table(results: list[Result]) -> Iterator[str]:
    yield "| check | what holds | held against | numbers | farthest | expected | got | s.e. | z |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for result in results:
        check, point = result.check, result.worst
        why = result.broken or result.found.skipped
        cells = [why, *4 * [""]] if point is None else [point.label, *told.cells(point)]
        marked = "**Known misses:** " if result.misses else ""
        claim = f"{marked if result.passed else '**FAILS:** '}{check.claim}"
        row = [f"`{check.name}`", claim, check.source, str(len(result.found.points)), *cells]
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _beside(results: list[Result]) -> Iterator[str]:
    """Numbers that are shown and not judged, and what is to be said of them."""
    yield "Set beside other numbers, and not judged:\n"
    yield "| number | check | other | got | s.e. |"
    yield "|---|---|---|---|---|"
    for result in results:
        for point in result.found.beside:
            other, got, error, _ = told.cells(point)
            cells = [point.label, f"`{result.check.name}`", other, got, error]
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    for result in results:
        if result.found.beside and result.found.note:
            yield f"\n`{result.check.name}`: {result.found.note}"


def _own() -> Iterator[str]:
    yield "### Your own instance\n"
    yield "| check | options and what they are if left out |"
    yield "|---|---|"
    for check in CHECKS.values():
        given = options(check).items()
        if given:
            said = " ".join(
                f"--{name.replace('_', '-')} {'FILE' if value == '' else value}"
                for name, value in given
            )
            yield f"| `{check.name}` | `{said}` |"


def _faces(report: Report) -> Iterator[str]:
    yield "| kind | what it means | evidence | checks |"
    yield "|---|---|---|---|"
    for face in FACES:
        means, evidence = EVIDENCE[face]
        names = [f"`{r.check.name}`" for r in report.results if r.check.face == face]
        yield f"| {face} | {means} | {evidence} | {', '.join(names) or '–'} |"


def main() -> None:
    """Run the full suite with seed 1 and write the page."""
    report = run_checks(CHECKS.values(), Effort(), lambda check: print(check.name, flush=True))
    TARGET.write_text(document(report), encoding="utf-8")
    print(f"{told.verdict(report)}: {TARGET}")


if __name__ == "__main__":
    main()
