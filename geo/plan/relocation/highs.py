"""THE ONE DOOR TO HIGHS: matrices in, values out. No other module imports the solver."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import sparse

from geo.plan.relocation.cut_model import CutModel
from geo.plan.relocation.plots import Bools, Floats

Status = Literal["optimal", "feasible", "infeasible", "cancelled", "time"]
Tick = Callable[[float, float, float], bool]
"""(seconds, best objective, bound) -> go on?"""


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """min cost·v, row_low ≤ matrix·v ≤ row_high, low ≤ v ≤ high; ``integer`` marks whole-number variables."""

    cost: Floats
    low: Floats
    high: Floats
    integer: Bools
    matrix: sparse.csr_matrix
    row_low: Floats
    row_high: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What HiGHS said. ``values`` is empty when there is no plan; ``duals`` only for continuous programs."""

    status: Status
    values: Floats
    objective: float
    bound: float
    duals: Floats


def solver_name() -> str:
    """HiGHS and its version."""
    import highspy

    return f"HiGHS {highspy.Highs().version()}"


def run(
    program: Program,
    *,
    gap: float = 1e-6,
    time_limit_s: float = 60.0,
    seed: int = 0,
    start: Floats | None = None,
    most_nodes: int | None = None,
    enough: float | None = None,
    tick: Tick | None = None,
    presolve: bool = True,
) -> Outcome:
    """Solves one program. ``tick`` is called a few times a second and ends the search by returning False.

    ``most_nodes`` ends it after so many branchings, ``enough`` at the first answer below this objective: unlike the
    clock (and ``tick``, which must not decide when an answer is good), the same on every machine. ``presolve`` is
    switched off for a few rows over very many columns, where it takes a hundred times as long as the search.

    One thread and a fixed seed: the same program gives the same answer (unless the clock ended it).
    """
    import highspy

    solver = highspy.Highs()
    for key, value in (
        ("output_flag", False), ("threads", 1), ("random_seed", int(seed)), ("mip_rel_gap", float(gap)),
        ("mip_abs_gap", 1e-9), ("time_limit", float(max(time_limit_s, 0.05))),
        ("mip_feasibility_tolerance", 1e-9), ("primal_feasibility_tolerance", 1e-9),
    ):  # fmt: skip
        solver.setOptionValue(key, value)
    if not presolve:
        solver.setOptionValue("presolve", "off")
    if most_nodes is not None:
        solver.setOptionValue("mip_max_nodes", int(most_nodes))
    if enough is not None and np.isfinite(enough):
        solver.setOptionValue("objective_target", float(enough))
    solver.passModel(_lp(highspy, program))
    if start is not None:
        guess = highspy.HighsSolution()
        guess.col_value = start
        solver.setSolution(guess)
    stopped = _watch(solver, tick) if tick is not None and program.integer.any() else []
    solver.run()
    return _outcome(highspy, solver, program, cancelled=bool(stopped))


def _lp(highspy: Any, program: Program) -> Any:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), program.matrix.shape[0]
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.low, program.high
    lp.row_lower_, lp.row_upper_ = program.row_low, program.row_high
    matrix = program.matrix.tocsr()
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data
    if program.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(i)] for i in program.integer]
    return lp


def _watch(solver: Any, tick: Tick) -> list[str]:
    """Calls ``tick`` from inside the search, at most four times a second; the list is not empty once it said stop."""
    stopped: list[str] = []
    last = [0.0]
    begun = time.monotonic()

    def look(event: Any) -> None:
        now = time.monotonic()
        if not stopped and now - last[0] > 0.25:
            last[0] = now
            out = event.data_out
            if not tick(now - begun, float(out.mip_primal_bound), float(out.mip_dual_bound)):
                stopped.append("user")
        if stopped:
            event.interrupt()

    solver.cbMipInterrupt.subscribe(look)
    return stopped


def _outcome(highspy: Any, solver: Any, program: Program, *, cancelled: bool) -> Outcome:
    said = solver.getModelStatus()
    info, solution = solver.getInfo(), solver.getSolution()
    kinds = highspy.HighsModelStatus
    if said in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
        return Outcome("infeasible", np.zeros(0), np.inf, np.inf, np.zeros(0))
    known = bool(solution.value_valid) and info.primal_solution_status == 2
    values = np.asarray(solution.col_value, dtype=float) if known else np.zeros(0)
    objective = float(program.cost @ values) if known else np.inf
    if program.integer.any():
        bound, duals = float(info.mip_dual_bound), np.zeros(0)
    else:
        bound = objective if said == kinds.kOptimal else -np.inf
        duals = np.asarray(solution.row_dual, dtype=float) if solution.dual_valid else np.zeros(0)
    status: Status = "optimal" if said == kinds.kOptimal else "cancelled" if cancelled else "time"
    return Outcome(status, values, objective, bound, duals)


def solve_cut_model(
    model: CutModel,
    *,
    gap: float,
    time_limit_s: float,
    seed: int = 0,
    start: Bools | None = None,
    most_nodes: int | None = None,
    enough: float | None = None,
    tick: Tick | None = None,
) -> tuple[Outcome, Bools]:
    """The exact plan of a cut model as a MILP; objective, bound and ``enough`` include the model's constant.

    One continuous variable an edge and one row: cap·|x_i − x_j| = cap·(x_i − x_j) + 2·cap·max(x_j − x_i, 0), the
    one-sided form, 3 to 10 times faster than two rows an edge and as tight.
    """
    program = one_sided(model)
    size = model.size
    guess = None
    if start is not None:
        x = start.astype(float)
        guess = np.concatenate([x, np.maximum(x[model.right] - x[model.left], 0.0)])

    def shifted(seconds: float, objective: float, bound: float) -> bool:
        return tick is None or tick(seconds, objective + model.constant, bound + model.constant)

    out = run(
        program, gap=gap, time_limit_s=time_limit_s, seed=seed, start=guess, most_nodes=most_nodes,
        enough=None if enough is None else enough - model.constant, tick=shifted if tick else None,
    )  # fmt: skip
    if not len(out.values):
        return Outcome(out.status, out.values, np.inf, out.bound + model.constant, out.duals), np.zeros(0, dtype=bool)
    chosen = out.values[:size] > 0.5
    objective = model.value(chosen)
    return Outcome(out.status, out.values, objective, min(out.bound + model.constant, objective), out.duals), chosen


def one_sided(model: CutModel) -> Program:
    """The cut model as a MILP in the one-sided form."""
    size, edges = model.size, len(model.left)
    shift = np.bincount(model.left, model.cap, size) - np.bincount(model.right, model.cap, size)
    each = np.arange(edges)
    links = sparse.csr_matrix(
        (
            np.concatenate([np.ones(edges), np.ones(edges), -np.ones(edges)]),
            (np.concatenate([each, each, each]), np.concatenate([size + each, model.left, model.right])),
        ),
        shape=(edges, size + edges),
    )
    side = sparse.hstack([model.matrix, sparse.csr_matrix((model.matrix.shape[0], edges))], format="csr")
    rows = edges + model.matrix.shape[0]
    return Program(
        cost=np.concatenate([model.weight + shift, 2 * model.cap]),
        low=np.concatenate([model.low, np.zeros(edges)]),
        high=np.concatenate([model.high, np.ones(edges)]),
        integer=np.concatenate([np.ones(size, dtype=bool), np.zeros(edges, dtype=bool)]),
        matrix=sparse.vstack([side, links], format="csr"),
        row_low=np.concatenate([model.lower, np.zeros(edges)]),
        row_high=np.full(rows, np.inf),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """One continuous solution: part of every plot, prices of the rows, flow on the edges, what the rows still miss."""

    x: Floats
    price: Floats
    flow: Floats
    value: float
    missing: float
    basis: Any


def dear_price(model: CutModel, price: Floats) -> float:
    """What a missing scaled unit costs in a relaxation: far more than any plot, and than the prices known so far."""
    return max(200.0 * (1.0 + float(np.abs(model.weight).max(initial=1.0))), 100.0 * float(price.max(initial=0.0)))


class Relaxation:
    """The cut model with plots that may be split, kept loaded: after a change of bounds a few pivots are enough.

    A missing unit of a row costs ``dear``: what cannot hold is then a dear solution, and its prices prove that.
    """

    def __init__(self, model: CutModel, *, dear: float) -> None:
        import highspy

        self.model, self.pivots, self.calls = model, 0, 0
        program = one_sided(model)
        rows, every = len(model.lower), program.matrix.shape[0]
        give = sparse.vstack([sparse.identity(rows), sparse.csr_matrix((every - rows, rows))], format="csr")
        count = len(program.cost) + rows
        elastic = Program(
            cost=np.concatenate([program.cost, np.full(rows, dear)]),
            low=np.concatenate([program.low, np.zeros(rows)]),
            high=np.concatenate([program.high, np.full(rows, np.inf)]),
            integer=np.zeros(count, dtype=bool),
            matrix=sparse.hstack([program.matrix, give], format="csr"),
            row_low=np.concatenate([model.lower - model.tolerance, program.row_low[rows:]]),
            row_high=program.row_high,
        )
        self.solver = highspy.Highs()
        for key, value in (
            ("output_flag", False), ("threads", 1), ("random_seed", 0), ("solver", "simplex"), ("simplex_strategy", 1),
            ("primal_feasibility_tolerance", 1e-9), ("dual_feasibility_tolerance", 1e-9),
        ):  # fmt: skip
            self.solver.setOptionValue(key, value)
        self.solver.passModel(_lp(highspy, elastic))
        self.columns = np.arange(model.size, dtype=np.int32)

    def solve(self, low: Floats, high: Floats, *, basis: Any = None, most_pivots: int | None = None) -> Relaxed:
        """The best split plan within the bounds; with ``most_pivots`` an unfinished one, whose prices still prove."""
        model, solver = self.model, self.solver
        solver.changeColsBounds(model.size, self.columns, low, high)
        if basis is not None:
            solver.setBasis(basis)
        solver.setOptionValue("simplex_iteration_limit", most_pivots or 2**31 - 1)
        solver.run()
        info, found = solver.getInfo(), solver.getSolution()
        self.pivots += max(int(info.simplex_iteration_count), 0)
        self.calls += 1
        rows, edges = len(model.lower), len(model.left)
        values, duals = np.asarray(found.col_value, dtype=float), np.asarray(found.row_dual, dtype=float)
        missing = values[model.size + edges :]
        return Relaxed(
            x=np.clip(values[: model.size], low, high),
            price=np.maximum(duals[:rows], 0.0),
            flow=np.clip(duals[rows:] - model.cap, -model.cap, model.cap),
            value=float(info.objective_function_value) + model.constant,
            missing=float(missing.max(initial=0.0)),
            basis=solver.getBasis(),
        )
