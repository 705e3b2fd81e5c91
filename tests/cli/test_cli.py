"""The command line: what it prints where, its exit codes, and what it must not import."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sim.cli import app
from sim.errors import RunError, ScenarioError, StrategyError, Where

ROOT = Path(__file__).resolve().parents[2]
VALID = "name: shop\nplatforms: {mall: {}}\nmerchants: {buyer: {count: 3}}\ndays: 40\n"
CAMP = {
    "name": "buyer",
    "strategy": "buy_traffic",
    "merchants": 3,
    "alive": 2,
    "orders": 12_345,
    "revenue": 159_250_500,
    "profit": -2_000_000,
    "gross_cac": 18_345,
    "net_cac": None,
    "followers": 10,
    "members": 0,
    "owned_share": 0.125,
    "cash": 1_000_000,
}


@dataclass
class Engine:
    """Stands in for the engine: remembers how it was called, answers or fails as told."""

    error: BaseException | None = None
    called: dict[str, Any] | None = None
    camps: int = 1
    question: dict[str, Any] | None = None

    def run(self, loaded: Any, **options: Any) -> Any:
        self.called = {"loaded": loaded, **options}
        tell, days = options["progress"], options["days"]
        tell("compile")
        tell("build")
        for day in range(1, days + 1):
            tell("day", day=day, days=days, consumers=10_000)
            if self.error is not None and day == 3:
                raise self.error
        tell("write")
        camps = [{**CAMP, "name": f"camp{i}"} if i else CAMP for i in range(self.camps)]
        summary: dict[str, Any] = {"headline": "Buyers [lost] 20,000 yuan.", "camps": camps}
        if self.question is not None:
            summary["question"] = self.question
        folder = options["out"] or Path("runs/shop/x-s1")
        return types.SimpleNamespace(folder=folder, summary=summary, manifest={"seed": 1})


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    stand_in = Engine()
    module = types.ModuleType("sim.study.run")
    module.run = stand_in.run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sim.study.run", module)
    return stand_in


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    Path("shop.yaml").write_text(VALID)
    return "shop.yaml"


def sim(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments], env=environment)


# --- help ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help(arguments: list[str]) -> None:
    result = sim(*arguments)
    assert result.exit_code == 0
    for verb in ("run", "validate", "list", "schema", "report", "--version"):
        assert verb in result.stdout
    assert result.stdout.count("...") == 1  # of the usage; no verb's line is cut off


@pytest.mark.parametrize("verb", ["run", "validate", "list", "report"])
def test_help_of_a_verb_has_examples(verb: str) -> None:
    result = sim(verb, "--help")
    assert result.exit_code == 0
    assert f"\n  sim {verb} " in result.stdout


def test_version() -> None:
    assert sim("--version").stdout.startswith("flowtribe ")


@pytest.mark.parametrize(
    "arguments",
    [["frob"], ["run"], ["run", "x", "--frob"], ["list", "frobs"], ["run", "x", "--days", "0"]],
)
def test_wrong_options(arguments: list[str]) -> None:
    assert sim(*arguments).exit_code == 2


# --- validate ------------------------------------------------------------------------------------


def test_validate(shop: str) -> None:
    result = sim("validate", shop)
    assert result.exit_code == 0
    said = "shop.yaml: valid (10,000 consumers, 1 platform, 3 merchants, 40 days)\n"
    assert result.stdout == said
    assert result.stderr == ""


def test_validate_tells_every_problem_of_every_file(shop: str) -> None:
    Path("a.yaml").write_text("name: a\ndays: 0\nsed: 1\n")
    result = sim("validate", "a.yaml", shop, "b.yaml")
    assert result.exit_code == 2
    assert result.stdout.startswith("shop.yaml: valid")
    lines = result.stderr.splitlines()
    assert [line.partition(": ")[0] for line in lines[:3]] == ["a.yaml:2:7", "a.yaml:3:1", "b.yaml"]
    assert lines[3:] == ["3 problems"]


def test_validate_resolved_can_be_read_back(shop: str) -> None:
    result = sim("validate", shop, "--resolved", "--set", "platforms.mall.fee=8%")
    assert "    fee: 0.08  # share of the price\n" in result.stdout
    Path("again.yaml").write_text(result.stdout)
    assert sim("validate", "again.yaml", "--resolved").stdout == result.stdout


def test_warnings_go_to_stderr(shop: str) -> None:
    event = "events:\n  - {day: 90, set: {platforms.mall.fee: 8%}}\n"
    Path(shop).write_text(VALID + event)
    result = sim("validate", shop)
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: shop.yaml:6:11: events.0.day: day 90 never comes")


ASKING = (
    "question:\n  ask: Does it pay?\n  answers:\n"
    "    - {name: profit, metric: camps.buyer.profit, days: [0, 20]}\n"
)


def test_validate_checks_what_is_asked(shop: str) -> None:
    Path(shop).write_text(VALID + ASKING)
    assert sim("validate", shop).exit_code == 0
    result = sim("validate", shop, "--set", "question.answers.0.metric=camps.buyer.proft")
    assert result.exit_code == 2
    assert "did you mean 'camps.buyer.profit'?" in result.stderr


# --- run -----------------------------------------------------------------------------------------


def test_run(shop: str, engine: Engine) -> None:
    result = sim("run", shop)
    assert result.exit_code == 0, result.stderr
    assert engine.called is not None
    assert engine.called["seed"] == 1
    assert engine.called["days"] == 40
    assert engine.called["out"] is None
    assert engine.called["force"] is False
    assert engine.called["threads"] == len(os.sched_getaffinity(0))
    rows = {line[:14].strip(): line[14:].split() for line in result.stdout.splitlines()}
    assert rows["orders"] == ["12,345"]
    assert rows["revenue, CNY"] == ["1.59", "million"]
    assert rows["profit, CNY"] == ["−20,000"]
    assert rows["gross CAC, CNY"] == ["183"]
    assert rows["net CAC, CNY"] == ["–"]
    assert rows["owned share"] == ["12", "%"] or rows["owned share"] == ["13", "%"]
    assert "\nBuyers [lost] 20,000 yuan.\n" in result.stdout
    assert result.stdout.endswith("report: runs/shop/x-s1/report.html\n")


def test_run_prints_question_and_answers(shop: str, engine: Engine) -> None:
    answer = {
        "name": "profit", "value": -2_000_000, "unit": "money", "said": "", "days": [0, 20],
        "metric": "camps.buyer.profit", "where": {},
    }  # fmt: skip
    engine.question = {"ask": "Does [it] pay?", "answers": [answer]}
    lines = sim("run", shop).stdout.splitlines()
    assert lines[0] == "Does [it] pay?"
    assert lines[1].split() == ["profit", "(days", "0", "to", "19)", "−20,000", "yuan"]
    assert "anecdote" in lines[2]


def test_run_options(shop: str, engine: Engine) -> None:
    result = sim(
        "run", shop, "--seed", "7", "--days", "20", "--set", "merchants.buyer.count=9",
        "--set", "days=30", "--out", "there", "--threads", "2", "--force",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    called = engine.called
    assert called is not None
    scenario = called["loaded"].scenario
    assert (scenario.seed, scenario.days, scenario.merchants["buyer"].count) == (7, 20, 9)
    assert (called["seed"], called["days"], called["threads"]) == (7, 20, 2)
    assert (called["out"], called["force"]) == (Path("there"), True)


def test_progress_in_a_pipe_is_about_ten_lines(shop: str, engine: Engine) -> None:
    lines = sim("run", shop).stderr.splitlines()
    assert lines[:2] == ["compiling (once on this machine)", "building"]
    assert lines[-1] == "writing"
    days = [line for line in lines if line.startswith("day ")]
    assert len(days) == 10
    assert days[0].startswith("day 4 of 40, ")
    assert " consumer-days/s" in days[0]
    assert days[-1].endswith(", 0 s left")


def test_quiet_prints_the_folder_only(shop: str, engine: Engine) -> None:
    result = sim("run", shop, "--quiet", "--out", "there")
    assert (result.stdout, result.stderr) == ("there\n", "")


def test_json_is_one_document(shop: str, engine: Engine) -> None:
    result = sim("run", shop, "--json")
    document = json.loads(result.stdout)
    assert set(document) == {"folder", "manifest", "summary"}
    assert document["summary"]["camps"] == [CAMP]
    assert "day 40 of 40" in result.stderr


def test_many_camps_are_printed_in_several_tables(shop: str, engine: Engine) -> None:
    engine.camps = 12
    result = sim("run", shop)
    assert result.stdout.count("orders") == 3
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (ScenarioError(Where("runs/x"), "exists already", "use --force"), 2, "runs/x: exists alr"),
        (
            StrategyError("buyer.1", 3, "bids on 'mal'"),
            1,
            "merchant 'buyer.1', day 3, stage decide",
        ),
        (RunError("money is lost", stage="fulfil", day=3), 1, "day 3, stage fulfil: money is lost"),
        (KeyboardInterrupt(), 1, "stopped; nothing was written"),
        (OSError(errno.ENOSPC, "No space left"), 1, "the disk is full; nothing was written"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 2, "/x: Permission denied"),
        (MemoryError(), 1, "not enough memory"),
        (ZeroDivisionError("division by zero"), 1, "internal failure, ZeroDivisionError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_failures(shop: str, engine: Engine, error: BaseException, code: int, says: str) -> None:
    engine.error = error
    result = sim("run", shop)
    assert result.exit_code == code
    last = result.stderr.splitlines()[-1]
    assert last.startswith(says)
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("how", ["option", "environment"])
def test_debug_lets_the_error_through(shop: str, engine: Engine, how: str) -> None:
    engine.error = ZeroDivisionError("x")
    if how == "option":
        result = sim("run", shop, "--debug")
    else:
        result = sim("run", shop, FLOWTRIBE_DEBUG="1")
    assert result.exception is engine.error


def test_run_of_a_wrong_scenario_does_not_start(shop: str, engine: Engine) -> None:
    result = sim("run", shop, "--set", "merchants.byer.count=9")
    assert result.exit_code == 2
    assert "did you mean 'buyer'?" in result.stderr
    assert engine.called is None


def test_own_strategies_are_found_in_the_working_folder(shop: str, engine: Engine) -> None:
    Path("my_own_shop.py").write_text("VALUE = 3\n")
    sim("run", shop)
    import my_own_shop

    assert my_own_shop.VALUE == 3


# --- list, schema, report ------------------------------------------------------------------------


def test_list_strategies_and_graphs() -> None:
    said = sim("list", "strategies").stdout
    for name in ("buy_traffic", "cultivate_community", "hybrid", "package.module:Class"):
        assert re.search(rf"^{name} +[A-Z]", said, re.MULTILINE)
    said = sim("list", "strategies", "hybrid").stdout
    assert said.startswith("hybrid\n  Buys traffic for good")
    assert re.search(r"\n    daily_budget +[\d.]+ CNY +money per day +\w", said)
    assert "targeting" in said and "mix" not in said
    said = sim("list", "graphs").stdout
    for name in ("tribal", "networkx:<generator>", "edge_list"):
        assert re.search(rf"^{name} +[A-Z]", said, re.MULTILINE)
    wrong = sim("list", "strategies", "hybird")
    assert wrong.exit_code == 2 and "did you mean 'hybrid'?" in wrong.stderr
    assert sim("list", "scenarios", "quickstart").exit_code == 2


def test_list_scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scenarios").mkdir()
    Path("scenarios/a.yaml").write_text("name: a\ndescription: The first.\n")
    Path("scenarios/b.yaml").write_text("name: b\ndays: 0\n")
    Path("scenarios/c.yaml").write_text(f"{VALID}description: The third.\n{ASKING}")
    first, second, third = sim("list", "scenarios").stdout.splitlines()
    assert first.split(maxsplit=1) == ["scenarios/a.yaml", "The first."]
    assert second.split(maxsplit=1)[1].startswith("(not valid: ")
    assert third.split(maxsplit=1) == ["scenarios/c.yaml", "Does it pay?"]


def test_schema() -> None:
    committed = (ROOT / "sim/scenario/flowtribe.schema.json").read_text(encoding="utf-8")
    assert sim("schema").stdout == committed
    page = (ROOT / "docs/scenario.md").read_text(encoding="utf-8")
    assert page.endswith(sim("schema", "--markdown").stdout)


def test_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("sim.study.report")
    module.write_report = lambda folder: folder / "report.html"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sim.study.report", module)
    assert sim("report", str(tmp_path)).exit_code == 2
    (tmp_path / "manifest.json").write_text("{}")
    result = sim("report", str(tmp_path))
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'report.html'}\n")


# --- as a process of its own ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["validate", "scenarios/quickstart.yaml"], ["list", "strategies"], ["schema"]],
    ids=lambda arguments: arguments[0],
)  # fmt: skip
def test_quick_verbs_import_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom sim.cli import app\n"
        f"try: app({arguments!r})\nexcept SystemExit as stop: assert not stop.code, stop.code\n"
        "heavy = {'numba', 'mesa', 'numpy', 'networkx', 'duckdb', 'plotly', 'pandas'}\n"
        "loaded = heavy & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    if arguments == ["--help"]:
        code += "assert 'pydantic' not in sys.modules\nassert 'rich' not in sys.modules\n"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_python_m_sim_and_a_reader_who_has_gone() -> None:
    command = f"{sys.executable} -m sim schema | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_bar_on_a_terminal(shop: str) -> None:
    import pty

    code = (
        "from sim.cli.terminal import Progress\n"
        "with Progress(show=True) as tell:\n"
        "    tell('build')\n"
        "    for day in range(1, 4): tell('day', day=day, days=3, consumers=10)\n"
        "    __import__('time').sleep(0.3)\n"
        "    tell('write')\n"
    )
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    done = subprocess.run([sys.executable, "-c", code], stderr=theirs, env=environment, check=False)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert done.returncode == 0
    assert b"day 3 of 3" in shown
    assert b"consumer-days/s" in shown
