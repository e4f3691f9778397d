"""``tianchou plans …``: questions asked of a finished plan, plans compared, scenarios run again, years."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.study.plan_compare import Comparison
    from geo.study.relocation_result import RelocationResult
    from geo.zone import Zone

DONE, REFUSED = 0, 1
Factory = Callable[[Any, str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]


def add_plans_commands(commands: Any, command_factory: Factory) -> None:
    """Add ``plans`` with explain, why, alternatives, frontier, compare, save, run and stages."""
    from geo.cli import _study_options
    from geo.study.relocation_result import SPEC

    text = "方案：约束代价、为何、备选、权衡、比较、情景、分年 / ask and compare plans, scenarios, years"
    verbs = commands.add_parser("plans", help=text, description=text).add_subparsers(
        dest="plans_command", metavar="ACT", required=True
    )

    command = command_factory(
        verbs, "explain", "约束的余量与代价；无方案时：冲突、缺口、出路 / prices, or why none", _explain
    )
    _asked(command)

    command = command_factory(verbs, "why", "图斑为何调入或不调入；--solve 若不要它 / why a plot is in or out", _why)
    _asked(command)
    command.add_argument("plot", metavar="ID", help="图斑标识码 / id of the plot")
    command.add_argument("--solve", action="store_true", help="反过来重新求解 / solve again the other way")

    command = command_factory(
        verbs, "alternatives", "代价相近、用地不同的方案与图斑份量 / really different plans", _others
    )
    _asked(command)
    command.add_argument("-k", "--count", type=int, default=3, help="个数 / how many [3]")
    command.add_argument("--within", type=float, default=0.02, help="代价至多高出的比例 / dearer by at most [0.02]")
    command.add_argument("--differ", type=float, default=0.2, help="至少换掉的用地比例 / land replaced at least [0.2]")
    _time(command)
    command.add_argument(
        "-o", "--out", type=Path, default=None, help="写出各方案的目录 / write each plan's folder here"
    )

    command = command_factory(verbs, "frontier", "代价与连片的权衡曲线 / cost against contiguity", _frontier)
    _asked(command)
    _time(command)

    command = command_factory(verbs, "compare", "并列比较若干方案目录 / plan folders side by side", _compare)
    command.add_argument("plans", type=Path, nargs="+", metavar="OUT", help="方案目录 / folders of plans")
    command.add_argument("-o", "--out", type=Path, default=None, help="写出不同之处的图层 GPKG / layer of what differs")

    command = command_factory(verbs, "save", "把方案的条件存为情景文件 / keep a plan's terms as a scenario file", _save)
    command.add_argument("plan", type=Path, metavar="OUT", help="方案目录 / folder of a plan")
    command.add_argument("file", type=Path, metavar="FILE", help="情景文件 / scenario file (.yaml)")
    command.add_argument("--name", default="", help="情景名称 / name")

    command = command_factory(verbs, "run", "重算一个或多个情景文件并比较 / run scenario files again", _run)
    command.add_argument("files", type=Path, nargs="+", metavar="FILE", help="情景文件 / scenario files")
    command.add_argument("--zone", type=Path, required=True, help="数据目录 / folder with the official layers")
    command.add_argument("-o", "--out", type=Path, default=None, help="每个情景写一个子目录 / one folder a scenario")

    command = command_factory(
        verbs, "stages", "分年实施，每年不超过乡镇上限 / year by year under the township cap", _stages
    )
    command.add_argument("zone", type=Path, metavar="ZONE", help="数据目录 / folder with the official layers")
    command.add_argument("--years", type=int, default=5, help="至多几年 / years at most [5]")
    command.add_argument("-o", "--out", type=Path, default=None, help="输出目录 / output folder")
    _study_options(command, SPEC)


def _asked(command: Any) -> None:
    command.add_argument("plan", type=Path, metavar="OUT", help="方案目录（含 plan.json） / folder of a plan")
    command.add_argument("--zone", type=Path, required=True, help="数据目录 / folder with the official layers")


def _time(command: Any) -> None:
    command.add_argument(
        "--time-limit-s", type=float, default=60.0, help="每次求解的时限 / seconds for each search [60]"
    )


def _open(args: argparse.Namespace, bar: Any) -> tuple[Zone, RelocationResult]:
    from geo.io.zone_folder import read_zone
    from geo.study import plans

    zone = read_zone(args.zone)
    return zone, plans.open_plan(args.plan, zone, progress=bar)


def _explain(args: argparse.Namespace) -> int:
    from geo.cli import _Bar, _tell
    from geo.study import plans

    with _Bar(args) as bar:
        _, result = _open(args, bar)
        found = plans.explain_plan(result, progress=bar)
    zh = args.lang == "zh"
    towns = [t for rows in (found.towns or {}).values() for t in rows if t.supply_m2 < t.out_m2]
    told: list[str] = [p.finding.text(args.lang) for p in found.prices]
    if found.clashing:
        told.append(("最小冲突组：" if zh else "Smallest clashing set: ") + ("、" if zh else ", ").join(found.clashing))
        told += [f.text(args.lang) for f in found.shortfalls]
        told += [f"  {t.finding.text(args.lang)}" for t in towns]
        told += ["", "出路（已试算）：" if zh else "Ways out (each was tried):"]
        told += [f"  {w.finding.text(args.lang)}" for w in found.ways] or ["  –"]
    record = {
        "prices": [{"name": p.name, "room": p.room, "unit": p.unit, "tight": p.tight, "step": p.step,
                    "step_unit": p.step_unit, "saves_mu_km": p.saves} for p in found.prices],
        "clashing": found.clashing, "shortfalls": [f.record() for f in found.shortfalls],
        "towns": [{"town": t.town, "out_m2": t.out_m2, "supply_m2": t.supply_m2} for t in towns],
        "ways": [{"kind": w.kind, "constraint": w.constraint, "before": w.before, "after": w.after, "unit": w.unit,
                  "ids": w.ids, "article": w.article, "cost_mu_km": w.objective} for w in found.ways],
    }  # fmt: skip
    return _tell(args, record, told)


def _why(args: argparse.Namespace) -> int:
    from geo.cli import _Bar, _tell
    from geo.finding import Finding
    from geo.standards.units import figure_text
    from geo.study import plans

    zh = args.lang == "zh"
    answer = None
    with _Bar(args) as bar:
        _, result = _open(args, bar)
        refused = result.candidates.refused
        rows = refused[refused["candidate_id"].astype(str) == args.plot]
        if len(rows):
            texts = [Finding(r.reason, "info", args.plot, r.measured, r.limit, r.unit) for r in rows.itertuples()]
            return _tell(args, {"candidate": False, "reasons": [f.record() for f in texts]},
                        list(dict.fromkeys(f.text(args.lang) for f in texts)))  # fmt: skip
        reason = plans.reason_of(result, args.plot)
        if args.solve:
            answer = plans.without(result, args.plot, progress=bar)
    head = ("调入" if reason.chosen else "不调入") if zh else ("comes in" if reason.chosen else "does not come in")
    told = [f"{args.plot}：{head}" if zh else f"{args.plot} {head}"]
    names = {"distance": ("运距", "distance"), "plot": ("增加一块", "one more plot"),
             "edge": ("外露边界", "exposed edge"), "outside": ("非储备区", "outside the pool")}  # fmt: skip
    unit = "亩·km" if zh else "mu·km"

    def part(value: float) -> str:
        """What a part adds to the plot's cost, or takes off it."""
        return f"  {figure_text(value, 2, sign=True)} {unit}  "

    told += [f"{part(v)}{names[k][0 if zh else 1]}" for k, v in reason.costs.items() if v]
    if reason.neighbours:
        told.append(part(-reason.together) + (f"与 {reason.neighbours} 块相邻" if zh else
                    f"touches {reason.neighbours} chosen plots"))  # fmt: skip
    told += [f"{part(-v)}{k}" for k, v in sorted(reason.earns.items(), key=lambda p: -abs(p[1]))]
    told.append(f"  = {figure_text(reason.net, 2)} {unit}")
    told.append(
        f"改变它至少多花 {reason.at_least:,.2f} 亩·km（由证书）" if zh
        else f"Deciding it the other way costs at least {reason.at_least:,.2f} mu·km more (by the certificate)"
    )  # fmt: skip
    record: dict[str, Any] = {
        "candidate": True, "chosen": reason.chosen, "costs": reason.costs, "together": reason.together,
        "earns": reason.earns, "net": reason.net, "at_least_mu_km": reason.at_least,
    }  # fmt: skip
    if answer is not None:
        record["answer"] = {
            "at_least_mu_km": _plain(answer.at_least), "at_most_mu_km": _plain(answer.at_most),
            "comes": answer.comes, "goes": answer.goes, "planned": answer.solution.has_plan,
        }  # fmt: skip
        if answer.solution.has_plan:
            low, high = f"{answer.at_least:,.2f}", f"{answer.at_most:,.2f}"
            comes, goes = (("、" if zh else ", ").join(ids) for ids in (answer.comes, answer.goes))
            told.append(
                f"重新求解：多花 {low} 至 {high} 亩·km；换入 {comes}；退出 {goes}" if zh else
                f"Solved again: {low} to {high} mu·km more; comes {comes}; goes {goes}"
            )  # fmt: skip
        else:
            told.append("反过来就没有方案。" if zh else "The other way there is no plan.")
    return _tell(args, record, told)


def _others(args: argparse.Namespace) -> int:
    from geo.cli import _Bar, _tell
    from geo.study import plan_compare, plans, relocation

    files: list[Path] = []
    with _Bar(args) as bar:
        _, result = _open(args, bar)
        found = plans.other_plans(
            result,
            count=args.count,
            within=args.within,
            differ=args.differ,
            time_limit_s=args.time_limit_s,
            progress=bar,
        )
        table = plans.plot_importance(result, found)
        assert result.problem is not None
        made = [result, *(plans.as_result(result, result.problem, p.solution) for p in found.plans[1:])]
        if args.out is not None:
            for p, plan in list(zip(found.plans, made, strict=True))[1:]:
                files += relocation.write(plan, args.out / p.label, progress=bar)
    side = plan_compare.compare([plan_compare.card(r, p.label) for p, r in zip(found.plans, made, strict=True)])
    zh = args.lang == "zh"
    told = [_table(side, args.lang), "", _ended(found.ended, args.lang), "", _importance_table(table, args.lang)]
    told += [("写出：" if zh else "Written: ") + str(args.out)] if files else []
    record = {
        "ended": found.ended, "bound": _plain(found.bound), "importance": table.to_dict("records"),
        "plans": [{"label": p.label, "objective": p.solution.objective, "worse_by": p.worse_by, "replaces": p.replaces,
                   "chosen": p.solution.chosen} for p in found.plans],
        "files": [str(f) for f in files],
    }  # fmt: skip
    return _tell(args, _finite(record), told)


def _ended(ended: str, lang: str) -> str:
    words = {
        "enough": ("已找到所要的个数。", "As many as asked were found."),
        "none_left": ("已证明：没有别的方案能换掉这么多用地。", "Proven: no further plan replaces that much land."),
        "too_dear": ("已证明：换掉这么多用地的其他方案都超出代价范围。", "Proven: all that do cost more than allowed."),
        "not_found": ("时限内没有再找到，也未能排除。", "No more was found in the time, and none was ruled out."),
        "cancelled": ("已停止。", "Stopped."),
    }  # fmt: skip
    return words[ended][0 if lang == "zh" else 1]


def _importance_table(table: Any, lang: str) -> Any:
    from rich.table import Table

    zh = lang == "zh"
    shown = Table(title="图斑的份量" if zh else "How much each plot matters", title_justify="left")
    heads = ("图斑", "份量", "出现", "至少多花", "至多多花", "可替代") if zh else (
        "Plot", "Weight", "In plans", "At least", "At most", "Stands in")  # fmt: skip
    for head in heads:
        shown.add_column(head, overflow="fold")
    words = {"needed": ("不可少", "needed"), "always": ("都有", "always"), "exchangeable": ("可互换", "exchangeable")}
    for row in table.head(40).itertuples():
        most = f"{row.at_most_mu_km:,.2f}" if math.isfinite(row.at_most_mu_km) else "–"
        shown.add_row(row.candidate_id, words[row.kind][0 if zh else 1], f"{row.times}/{row.of}",
                      f"{row.at_least_mu_km:,.2f}", most, row.instead)  # fmt: skip
    return shown


def _frontier(args: argparse.Namespace) -> int:
    from geo.cli import _Bar, _tell
    from geo.study import plans

    with _Bar(args) as bar:
        _, result = _open(args, bar)
        found = plans.cost_and_contiguity(result, time_limit_s=args.time_limit_s, progress=bar)
    from rich.table import Table

    zh = args.lang == "zh"
    table = Table(title="代价与连片" if zh else "Cost against contiguity", title_justify="left")
    heads = ("权重", "外露边界 m", "代价 亩·km", "下界", "图斑", "") if zh else (
        "Weight", "Exposed m", "Cost mu·km", "No plan below", "Plots", "")  # fmt: skip
    for head in heads:
        table.add_column(head, justify="right")
    for p in found.points:
        mark = ("本方案" if zh else "this plan") if p.given else ("劣" if zh else "beaten") if p.worse else ""
        table.add_row(f"{p.edge_weight:g}", f"{p.exposed_m:,.0f}", f"{p.cost_mu_km:,.2f}",
                      f"{found.least_cost(p.exposed_m):,.2f}", str(p.parts.plots), mark)  # fmt: skip
    record = {"points": [
        {"edge_weight": p.edge_weight, "exposed_m": p.exposed_m, "cost_mu_km": p.cost_mu_km, "given": p.given,
         "worse": p.worse, "no_plan_below_mu_km": found.least_cost(p.exposed_m), "plots": p.parts.plots}
        for p in found.points]}  # fmt: skip
    return _tell(args, record, [table])


def _compare(args: argparse.Namespace) -> int:
    from geo.cli import _tell
    from geo.io.plan_folder import write_tables
    from geo.study import plan_compare

    side = plan_compare.compare([plan_compare.card_of_folder(folder) for folder in args.plans])
    told = [_table(side, args.lang)]
    if args.out is not None:
        path = args.out if args.out.suffix == ".gpkg" else args.out / "compare.gpkg"
        told += ["", str(write_tables({"moved": side.moved}, path))]
    return _tell(args, _side_record(side), told)


def _table(side: Comparison, lang: str) -> Any:
    from rich.table import Table

    from geo.standards.units import to_mu

    table = Table(title="并列比较" if lang == "zh" else "Side by side", title_justify="left")
    table.add_column("")
    for name in side.names:
        table.add_column(name, justify="right", overflow="fold")
    for row in side.figures.to_dict("records"):
        area = row["unit"] == "m2"
        unit = "亩" if area else row["unit"]
        digits = {"plots": 0, "broken": 0, "contiguity": 6, "gap": 5, "exposed_m": 0}.get(row["key"], 2)
        cells = [f"{to_mu(row[n]) if area else row[n]:,.{digits}f}" for n in side.names]
        table.add_row(f"{row['zh' if lang == 'zh' else 'en']} {unit}".strip(), *cells)
    return table


def _side_record(side: Comparison) -> dict[str, Any]:
    found: dict[str, Any] = _finite({
        "names": side.names, "figures": side.figures.to_dict("records"),
        "moved": side.moved.drop(columns="geometry").to_dict("records"),
        "towns_in_m2": side.towns.to_dict("index"),
    })  # fmt: skip
    return found


def _save(args: argparse.Namespace) -> int:
    from geo.cli import _tell
    from geo.study import plan_scenarios
    from geo.study.recheck import read_record, scenario_of

    told = read_record(args.plan)
    given = dict(told["values"])
    what_if = scenario_of(given.pop("scenario", None))
    saved = plan_scenarios.scenario_of_values(
        given,
        what_if,
        args.name or args.plan.resolve().name,
        years=plan_scenarios.years_of_folder(args.plan, told["run_id"]),
    )
    path = plan_scenarios.save_scenario(saved, args.file)
    return _tell(args, {"file": str(path), "name": saved.name, "values": dict(saved.values)}, [str(path)])


def _run(args: argparse.Namespace) -> int:
    from geo.cli import _Bar, _tell
    from geo.io.zone_folder import read_zone
    from geo.study import plan_compare, plan_scenarios, relocation, stages

    scenarios = plan_scenarios.load_scenarios(args.files)
    files: list[Path] = []
    with _Bar(args) as bar:
        results = plan_scenarios.run_scenarios(read_zone(args.zone), scenarios, progress=bar)
        years = [plan_scenarios.years_of(r, s, progress=bar) for r, s in zip(results, scenarios, strict=True)]
        for path, result, staged in zip(args.files, results, years, strict=True):
            if args.out is not None:
                files += relocation.write(result, args.out / path.stem, progress=bar)
                files += stages.write(staged, args.out / path.stem) if staged is not None else []
    side = plan_compare.compare([plan_compare.card(r, s.name) for r, s in zip(results, scenarios, strict=True)])
    told: list[Any] = [_table(side, args.lang)]
    for saved, staged in zip(scenarios, years, strict=True):
        if staged is not None:
            told += ["", saved.name, *stages.lines(staged, args.lang)]
    told += [str(f) for f in files]
    staged_figures = [None if y is None else _finite(stages.summary(y)) for y in years]
    _tell(args, {**_side_record(side), "planned": [r.planned for r in results], "stages": staged_figures,
                 "files": [str(f) for f in files]}, told)  # fmt: skip
    ended = all(y is None or y.ended == "done" for y in years)
    return DONE if ended and all(r.planned for r in results) else REFUSED


def _stages(args: argparse.Namespace) -> int:
    from geo.cli import _Bar, _given, _tell
    from geo.io.zone_folder import read_zone
    from geo.study import stages
    from geo.study.relocation_result import SPEC

    values = SPEC.values(_given(args, SPEC))
    with _Bar(args) as bar:
        found = stages.run(read_zone(args.zone), values, years=args.years, progress=bar)
        files = stages.write(found, args.out) if args.out is not None else []
    told = [*stages.lines(found, args.lang), *(str(f) for f in files)]
    _tell(args, _finite({**stages.summary(found), "files": [str(f) for f in files]}), told)
    return DONE if found.ended == "done" else REFUSED


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _finite(value: Any) -> Any:
    """Infinite and missing figures as null: JSON knows neither."""
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_finite(v) for v in value]
    if isinstance(value, float):
        return _plain(float(value))
    return value.item() if hasattr(value, "item") else value
