"""The command line: ``tianchou <study> …``. Options come from each study's declaration; only telling happens here."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo import __version__
from geo.errors import Cancelled, InputProblem, PlanProblem, PolicyProblem

if TYPE_CHECKING:
    from geo.study.spec import Input, StudySpec

# What a script can rely on: 0 done, 1 done but not as asked (a rule broken, a plan refused), 2 unusable input.
DONE, REFUSED, UNUSABLE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the ``tianchou`` command; returns the exit code."""
    parser = _parser()
    args = parser.parse_args(argv)
    if args.command is None:
        parser.print_help()
        return UNUSABLE
    try:
        return int(args.run(args))
    except InputProblem as problem:
        return _fail(args, problem.text(args.lang), [f.record() for f in problem.findings])
    except (PolicyProblem, PlanProblem) as problem:
        return _fail(args, str(problem), [])
    except Cancelled:
        return _fail(args, {"zh": "已取消，没有写出文件。"}.get(args.lang, "Cancelled; nothing was written."), [])
    except KeyboardInterrupt:
        return _fail(
            args, "已中断，没有写出任何文件。" if args.lang == "zh" else "Interrupted; nothing was written.", []
        )
    except BrokenPipeError:
        sys.stderr.close()
        return DONE


def _parser() -> argparse.ArgumentParser:
    from geo.cli.change import add_change_commands
    from geo.cli.check import add_check_commands
    from geo.cli.consolidation import add_consolidation_commands
    from geo.cli.map import add_map_commands
    from geo.cli.mixed import add_mixed_commands
    from geo.cli.plans import add_plans_commands
    from geo.cli.pool import add_pool_commands
    from geo.cli.project import add_project_commands
    from geo.cli.rules import add_rules_commands
    from geo.cli.scale import add_cluster_option, add_scale_commands
    from geo.cli.village import add_village_commands
    from geo.study import conflicts, facts, relocation

    parser = argparse.ArgumentParser(
        prog="tianchou",
        description="田畴：示范区零星永久基本农田识别、布局调整与复核。"
        "Fragmented farmland, relocation plans and their re-check, offline.",
    )
    parser.add_argument("--version", action="version", version=f"tianchou {__version__}")
    parser.set_defaults(lang="zh", json=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    sample = _command(commands, "sample", "生成示例数据（非真实地块） / make sample data (not real parcels)", _sample)
    sample.add_argument("folder", type=Path, metavar="DIR", help="写入的目录 / folder to write")
    sample.add_argument("--extent", choices=("corner", "zone"), default="corner",
                        help="corner 三县交界约100 km²；zone 全域约30万图斑 / corner or whole zone")  # fmt: skip
    sample.add_argument("--later-of", type=Path, default=None, metavar="ZONE",
                        help="生成 ZONE 的后一期（含已知变化） / a later survey of ZONE, changes known")  # fmt: skip
    sample.add_argument("--shift-m", type=float, default=1.0, metavar="M",
                        help="后一期界线的最大位移 / how far borders move in the later survey [1]")  # fmt: skip
    sample.add_argument("--seed", type=int, default=20200701, help="随机种子，同种子同结果 / same seed, same result")

    for spec, run in ((conflicts.SPEC, _conflicts), (facts.SPEC, _facts), (relocation.SPEC, _relocate)):
        command = _command(commands, spec.name, f"{spec.summary_zh} / {spec.summary_en}", run)
        command.add_argument("zone", type=Path, metavar="ZONE", help="数据目录 / folder with the official layers")
        command.add_argument("-o", "--out", type=Path, default=Path("out"), help="输出目录 / output folder [out]")
        _study_options(command, spec)
        if spec is not relocation.SPEC:
            add_cluster_option(command)
        if spec is relocation.SPEC:
            command.add_argument("--scenario", type=Path, help="情景文件（YAML，覆盖参数） / YAML with overrides")

    recheck = _command(
        commands, "recheck", "不用求解器，由图层重算并复核方案 / verify a plan from the layers alone", _recheck
    )
    recheck.add_argument("plan", type=Path, metavar="OUT", help="方案目录（含 plan.json） / folder of a plan")
    recheck.add_argument("--zone", type=Path, required=True, help="数据目录 / folder with the official layers")
    recheck.add_argument("--after", type=Path, default=None, metavar="SURVEY",
                         help="后期调查（复核 change 时；--zone 为前期） / later survey, for a comparison")  # fmt: skip

    add_scale_commands(commands, _command)
    add_project_commands(commands, _command)
    add_change_commands(commands, _command)
    add_consolidation_commands(commands, _command)
    add_pool_commands(commands, _command)
    add_rules_commands(commands, _command)
    add_check_commands(commands, _command)
    add_plans_commands(commands, _command)
    add_map_commands(commands, _command)
    add_village_commands(commands, _command)
    add_mixed_commands(commands, _command)

    app = _command(commands, "app", "打开地图应用 / open the map app at http://localhost:8501", _app)
    app.add_argument("--zone", type=Path, default=Path("data/shapefiles"), help="数据目录 / data folder")
    app.add_argument("-o", "--out", type=Path, default=Path("out"), help="方案目录 / plan folder [out]")
    app.add_argument("--port", type=int, default=8501, help="端口 / port [8501]")
    return parser


def _command(commands: Any, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    command.add_argument("--lang", choices=("zh", "en"), default=os.environ.get("TIANCHOU_LANG", "zh"),
                         help="中文或英文 / language [zh]")  # fmt: skip
    command.add_argument("--json", action="store_true", help="只输出 JSON / print JSON only")
    command.set_defaults(run=run)
    return command


def _study_options(command: argparse.ArgumentParser, spec: StudySpec) -> None:
    for item in spec.inputs:
        flag = "--" + item.name.replace("_", "-")
        text = f"{item.zh} / {item.en}" + (f" [{item.unit}]" if item.unit else "")
        text += f"; {', '.join(c[0] for c in item.choices)}" if item.choices else ""
        text = text.replace("%", "%%")
        if item.kind == "flag":
            command.add_argument(flag, dest=item.name, action=argparse.BooleanOptionalAction, default=None, help=text)
        else:
            command.add_argument(flag, dest=item.name, default=None, metavar=_metavar(item), help=text)


def _metavar(item: Input) -> str:
    return {"number": "X", "integer": "N", "date": "YYYY-MM-DD", "ids": "ID,ID"}.get(item.kind, "NAME")


def _given(args: argparse.Namespace, spec: StudySpec) -> dict[str, Any]:
    return {i.name: getattr(args, i.name) for i in spec.inputs if getattr(args, i.name) is not None}


class _Bar:
    """A progress bar on the terminal's error stream; silent with --json or when nobody looks."""

    def __init__(self, args: argparse.Namespace) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.lang = args.lang
        console = Console(stderr=True)
        self.progress = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=32), TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(), console=console, transient=True, disable=args.json or not console.is_terminal,
        )  # fmt: skip
        self.task = self.progress.add_task("", total=1.0)

    def __enter__(self) -> _Bar:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def __call__(self, fraction: float, zh: str, en: str, figures: Mapping[str, float]) -> bool:
        text = zh if self.lang == "zh" else en
        if "gap" in figures and figures["gap"] == figures["gap"]:
            text += f"  gap {figures['gap']:.2%}"
        self.progress.update(self.task, completed=fraction, description=text)
        return True


def _sample(args: argparse.Namespace) -> int:
    from geo.study import sample

    if args.later_of is not None:
        from geo.study import sample_later

        with _Bar(args) as bar:
            told = sample_later.run(args.later_of, args.folder, seed=args.seed, shift_m=args.shift_m, progress=bar)
        return _tell(args, told, sample.lines(told, args.lang))
    with _Bar(args) as bar:
        summary = sample.run(args.folder, extent=args.extent, seed=args.seed, progress=bar)
    return _tell(args, summary, sample.lines(summary, args.lang))


def _conflicts(args: argparse.Namespace) -> int:
    from geo.cli.scale import run_over_parts
    from geo.io.zone_folder import read_zone
    from geo.study import conflicts

    values = conflicts.SPEC.values(_given(args, conflicts.SPEC))
    if args.cluster:
        return run_over_parts(args, values)
    with _Bar(args) as bar:
        result = conflicts.run(read_zone(args.zone), values, progress=bar)
        files = conflicts.write(result, args.out)
    summary = {**conflicts.summary(result), "files": [str(f) for f in files]}
    return _tell(args, summary, conflicts.lines(result, args.lang) + _files(files, args.lang))


def _facts(args: argparse.Namespace) -> int:
    from geo.cli.scale import run_over_parts
    from geo.io.zone_folder import read_zone
    from geo.study import facts

    values = facts.SPEC.values(_given(args, facts.SPEC))
    if args.cluster:
        return run_over_parts(args, values)
    with _Bar(args) as bar:
        result = facts.run(read_zone(args.zone), values, progress=bar)
        files = facts.write(result, args.out)
    summary = {**facts.summary(result), "files": [str(f) for f in files]}
    return _tell(args, summary, facts.lines(result, args.lang) + _files(files, args.lang))


def _relocate(args: argparse.Namespace) -> int:
    from geo.io.zone_folder import read_zone
    from geo.study import relocation

    values = relocation.SPEC.values(_given(args, relocation.SPEC))
    with _Bar(args) as bar:
        result = relocation.run(read_zone(args.zone), values, progress=bar, scenario=args.scenario)
        files = relocation.write(result, args.out, progress=bar)
    summary = {**relocation.summary(result), "files": [str(f) for f in files]}
    _tell(args, summary, relocation.lines(result, args.lang) + _files(files, args.lang))
    return DONE if result.planned else REFUSED


def _recheck(args: argparse.Namespace) -> int:
    from geo.study import recheck

    findings = recheck.run(args.plan, args.zone, after=args.after)
    bad = [f for f in findings if f.severity == "error"]
    _tell(args, {"accepted": not bad, "findings": [f.record() for f in findings]}, recheck.lines(findings, args.lang))
    return REFUSED if bad else DONE


def _app(args: argparse.Namespace) -> int:
    import subprocess

    page = Path(__file__).resolve().parents[2] / "app" / "server.py"
    environment = {
        **os.environ, "TIANCHOU_ZONE": str(args.zone.resolve()), "TIANCHOU_OUT": str(args.out.resolve()),
    }  # fmt: skip
    print(f"http://localhost:{args.port}", flush=True)
    command = [sys.executable, "-m", "streamlit", "run", str(page), "--server.port", str(args.port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    return subprocess.call(command, env=environment, cwd=page.parent.parent)


def _files(files: Sequence[Path], lang: str) -> list[str]:
    head = "写出的文件：" if lang == "zh" else "Files written:"
    return ["", head, *(f"  {f}" for f in files)]


def _tell(args: argparse.Namespace, summary: Mapping[str, Any], text: Sequence[Any]) -> int:
    from geo.study.record import plain

    if args.json:
        print(json.dumps(plain(summary), ensure_ascii=False, indent=1))
        return DONE
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 110, highlight=False, markup=False, emoji=False)
    for line in text:
        console.print(line)
    return DONE


def _fail(args: argparse.Namespace, text: str, records: list[dict[str, object]]) -> int:
    if args.json:
        print(json.dumps({"error": text, "findings": records}, ensure_ascii=False, indent=1))
    else:
        print(text, file=sys.stderr)
    return UNUSABLE
