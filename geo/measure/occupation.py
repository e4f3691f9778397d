"""WHAT A PROJECT TAKES: parcels cut by its plots, every piece measured, and closed to the plots' own area.

Whole parcels keep the area of the database; cut ones are measured again on the ellipsoid, field ridges (factor KCXS)
deducted. Then the pieces of each plot are adjusted to the plot's own area (平差): only cut pieces take the correction,
in proportion to their area, rounded to 0.01 m² by the largest remainder, ties to the smaller identifier. Land that no
parcel covers is told apart and never spread over the others; land that two parcels cover counts once, for the parcel
with the smaller identifier. Source: 三调 县级控制面积与平差 practice (docs/project.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.ellipsoid import areas, balance_to
from geo.measure.overlay import overlay, split_by

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Floats = NDArray[np.float64]

CLOSING_COLUMNS = (
    "plot_no", "control_m2", "whole_m2", "cut_m2", "uncovered_m2", "doubled_m2", "correction_m2", "closed_m2",
    "residual_m2",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A layer cut by plots.

    pieces: one row a feature and plot, ordered by the feature's identifier, then the plots' order: the identifier,
    plot_no, part (``whole``: the feature lies wholly in the plot; ``cut``), measured_m2 (ellipsoidal), geometry.
    remainders: what stays of each feature that is met: the identifier, measured_m2, geometry.
    """

    pieces: gpd.GeoDataFrame
    remainders: gpd.GeoDataFrame


def cut_by_plots(layer: gpd.GeoDataFrame, plots: gpd.GeoDataFrame, *, id_column: str) -> Cut:
    """Every feature of a layer (id_column, geometry) cut by plots (plot_no, geometry) that do not overlap.

    Pieces and remainder of a feature make the feature, or OverlayProblem is raised.
    """
    found = overlay(
        layer[[id_column, "geometry"]], plots[["plot_no", "geometry"]], left_id=id_column, right_id="plot_no"
    )
    rank = {number: k for k, number in enumerate(plots["plot_no"])}
    order = np.lexsort((found["plot_no"].map(rank).to_numpy(), found[id_column].astype(str).to_numpy()))
    found = found.iloc[order].reset_index(drop=True)
    part = np.where(found["whole"].to_numpy(dtype=bool), "whole", "cut")
    pieces = found.assign(part=part, measured_m2=found["area_m2"])[
        [id_column, "plot_no", "part", "measured_m2", "geometry"]
    ]
    touched = layer[layer[id_column].isin(set(found[id_column]))][[id_column, "geometry"]]
    if not len(touched):
        rest = touched.assign(measured_m2=np.zeros(0))
    else:
        rest = split_by(touched, plots.geometry.to_numpy(), left_id=id_column)[1].rename(
            columns={"area_m2": "measured_m2"}
        )
    rest = rest.sort_values(id_column, kind="stable").reset_index(drop=True)
    return Cut(pieces, rest[[id_column, "measured_m2", "geometry"]])


def booked_areas(
    pieces: pd.DataFrame,
    parents: pd.DataFrame,
    *,
    id_column: str,
    tolerance_m2: float,
    doubled_m2: Floats | None = None,
) -> pd.DataFrame:
    """The areas that go into the tables, before closing: recorded (bool), area_m2, ridge_area_m2, net_area_m2.

    pieces: id_column, part, measured_m2; parents: the layer with area_m2, ridge_factor and, where known, ridge_area_m2
    and net_area_m2. A whole feature keeps its recorded areas when they agree with its shape within tolerance_m2 and
    nothing of it is counted elsewhere (doubled_m2); every other piece is measured, ridges deducted by the factor.
    Index of pieces; m², rounded to 0.01.
    """
    import pandas as pd

    own = parents.drop_duplicates(id_column).set_index(id_column).reindex(pieces[id_column])
    measured = pieces["measured_m2"].to_numpy(dtype=float)
    counted = measured - (np.zeros(len(pieces)) if doubled_m2 is None else doubled_m2)
    factor = own["ridge_factor"].fillna(0.0).to_numpy(dtype=float)
    told = own["area_m2"].to_numpy(dtype=float)
    recorded = (
        (pieces["part"].to_numpy() == "whole") & (np.abs(told - measured) <= tolerance_m2) & (counted == measured)
    )
    area = np.where(recorded, told, cents(counted))
    ridge = cents(area * factor)
    if "ridge_area_m2" in own.columns:
        known = own["ridge_area_m2"].to_numpy(dtype=float)
        agrees = recorded & (np.abs(known - ridge) <= tolerance_m2)
        ridge = np.where(agrees, known, ridge)
    net = cents(area - ridge)
    return pd.DataFrame(
        {"recorded": recorded, "area_m2": cents(area), "ridge_area_m2": ridge, "net_area_m2": net}, index=pieces.index
    )


def doubled(pieces: gpd.GeoDataFrame, *, noise_m2: float) -> Floats:
    """What each piece shares with pieces of features of smaller identifier in the same plot, m²; noise passed over."""
    found = np.zeros(len(pieces))
    if len(pieces) < 2:
        return found
    numbered = pieces[["geometry"]].assign(row=np.arange(len(pieces)))
    met = overlay(numbered, numbered.rename(columns={"row": "other"}), left_id="row", right_id="other")
    row, other = met["row"].to_numpy(), met["other"].to_numpy()
    plot = pieces["plot_no"].to_numpy()
    keep = (other < row) & (plot[row] == plot[other]) & (met["area_m2"].to_numpy() > noise_m2)
    met = met[keep]
    for later, group in met.groupby("row"):
        shape = group.geometry.union_all()
        found[int(later)] = float(areas(group.iloc[:1].set_geometry([shape], crs=group.crs)).iloc[0])
    return found


def uncovered(plots: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame, *, noise_m2: float) -> gpd.GeoDataFrame:
    """Parts of the plots where no piece lies: plot_no, area_m2, geometry; slits no larger than noise_m2 left out."""
    rest = split_by(plots[["plot_no", "geometry"]], pieces.geometry.to_numpy(), left_id="plot_no")[1]
    parts = rest[["plot_no", "geometry"]].explode(index_parts=False).reset_index(drop=True)
    parts = parts.assign(area_m2=areas(parts) if len(parts) else np.zeros(0))
    return parts[parts["area_m2"] > noise_m2].reset_index(drop=True)[["plot_no", "area_m2", "geometry"]]


def close_to_control(
    booked: pd.DataFrame, plot_no: Any, *, control_m2: dict[str, float], uncovered_m2: dict[str, float], factor: Floats
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The booked areas of each plot's pieces adjusted to the plot's own area, and the account of it.

    booked: ``booked_areas`` in identifier order; plot_no: the plot of each row; control_m2, uncovered_m2: by plot;
    factor: ridge factor of each row. Returns (booked with adjusted area_m2, ridge_area_m2, net_area_m2; CLOSING_COLUMNS
    without doubled_m2, one row a plot). A plot without cut pieces keeps its sum; the difference is its residual.
    """
    import pandas as pd

    out = booked.copy()
    numbers = np.asarray(plot_no)
    recorded = booked["recorded"].to_numpy(dtype=bool)
    area = booked["area_m2"].to_numpy(dtype=float).copy()
    rows = []
    for number, control in control_m2.items():
        mine = numbers == number
        loose = np.flatnonzero(mine & ~recorded)
        whole = float(cents(area[mine & recorded].sum()))
        before = float(area[loose].sum())
        open_m2 = float(cents(uncovered_m2.get(number, 0.0)))
        target = float(cents(float(cents(control)) - open_m2 - whole))
        if before > 0 and target > 0:
            # v_i = a_i / Σa · v, then the largest remainder: the parts add up to the target to the cent.
            area[loose] = balance_to(target, area[loose] * (target / before))
        closed = float(cents(area[mine].sum()))
        rows.append(
            {
                "plot_no": number,
                "control_m2": float(cents(control)),
                "whole_m2": whole,
                "cut_m2": float(cents(before)),
                "uncovered_m2": open_m2,
                "correction_m2": float(cents(area[loose].sum() - before)),
                "closed_m2": closed,
                "residual_m2": float(cents(float(cents(control)) - open_m2 - closed)),
            }
        )
    moved = ~recorded
    out["area_m2"] = cents(area)
    ridge = booked["ridge_area_m2"].to_numpy(dtype=float).copy()
    ridge[moved] = cents(area[moved] * factor[moved])
    out["ridge_area_m2"] = ridge
    out["net_area_m2"] = cents(out["area_m2"].to_numpy() - ridge)
    return out, pd.DataFrame(rows)


def cents(value: Any) -> Any:
    """m² rounded to 0.01, half up, as the survey's tables are."""
    return np.floor(np.asarray(value, dtype=float) * 100.0 + 0.5 + 1e-9) / 100.0


def sums(pieces: pd.DataFrame, *, by: str, codes: Any, area: Any, id_column: str) -> pd.DataFrame:
    """Areas of pieces by a code: by, code, parcels (distinct), whole, cut (pieces), area_m2; ordered by code."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "code": np.asarray(codes, dtype=object), "id": pieces[id_column].to_numpy(),
            "whole": (pieces["part"] == "whole").to_numpy(), "area_m2": np.asarray(area, dtype=float),
        }
    )  # fmt: skip
    frame["code"] = frame["code"].map(lambda c: "" if c is None or c is pd.NA or c != c else str(c))
    out = frame.groupby("code", sort=True).agg(
        parcels=("id", "nunique"), whole=("whole", "sum"), pieces=("whole", "size"), area_m2=("area_m2", "sum")
    )
    out = out.reset_index()
    out["whole"] = out["whole"].astype(int)
    out["cut"] = out["pieces"] - out["whole"]
    out["area_m2"] = cents(out["area_m2"])
    return out.assign(by=by)[["by", "code", "parcels", "whole", "cut", "area_m2"]]


def overlap_of(plots: gpd.GeoDataFrame) -> list[tuple[str, str, float]]:
    """Pairs of plots that lie on one another, with their common area, m²."""
    numbered = plots[["plot_no", "geometry"]]
    met = overlay(numbered, numbered.rename(columns={"plot_no": "other"}), left_id="plot_no", right_id="other")
    rank = {n: k for k, n in enumerate(plots["plot_no"])}
    return [
        (str(a), str(b), float(m))
        for a, b, m in zip(met["plot_no"], met["other"], met["area_m2"], strict=True)
        if rank[a] < rank[b]
    ]


def joined_shape(plots: gpd.GeoDataFrame) -> Any:
    """The plots as one shape."""
    return shapely.union_all(plots.geometry.to_numpy())
