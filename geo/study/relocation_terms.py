"""The further terms of a relocation plan: a planner's wishes, none of them asked unless a figure is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from geo.finding import Finding
from geo.standards.units import from_mu
from geo.study.spec import Input

if TYPE_CHECKING:
    from geo.plan.relocation.constraints import Constraint
    from geo.zone import Zone

YUAN_PER_WAN = 10_000.0


def _share(name: str, zh: str, en: str, help_zh: str, help_en: str, *, high: float = 1.0) -> Input:
    return Input(name, "number", zh, en, unit="比例", low=0.0, high=high, step=0.05, group="more", help_zh=help_zh,
                 help_en=help_en)  # fmt: skip


MORE_TERMS: tuple[Input, ...] = (
    _share("town_balance", "乡镇内平衡", "Balance in every township", "每个乡镇调入不少于其调出的此比例；不填不要求",
           "At least this share of what a township gives up comes back in it; empty: not asked", high=3.0),
    _share("reserve_share", "储备区占比下限", "Least share from the reserve pool", "调入净面积中来自储备区的比例",
           "Share of incoming net area that is from the pool"),
    _share("joined_share", "与永农相连占比下限", "Least share joined to farmland", "调入净面积中与保留永农相邻的比例",
           "Share of incoming net area that borders farmland that stays"),
    Input("joined_m", "number", "算作相连的共边", "Shared border that counts as joined", unit="m", default=1.0,
          low=0.01, high=1000, step=1.0, group="more", help_zh="共边达到此长度才算相连，也用于连片规模",
          help_en="Border from which a plot counts as joined, also for the size of blocks"),
    _share("block_share", "达标连片占比下限", "Least share in large blocks", "调入净面积中自身达标或并入现有连片的比例",
           "Share of incoming net area in plots that are large or join a block that is there"),
    Input("block_mu", "number", "连片规模标准", "Size of a large block", unit="亩", low=0.1, high=10_000, step=1.0,
          parameter="fragment.threshold_mu", group="more", help_zh="默认同零星上限",
          help_en="The limit of a fragment unless given"),
    _share("unstable_share", "不稳定耕地占比上限", "Most of unstable cropland",
           "不填则不稳定耕地一律不入选；放宽后检查表会如实报不通过",
           "Empty: none may come in at all; with a share the checks tell truly that the rule is not kept"),
    Input("plots_limit", "integer", "调入图斑数上限", "Most plots", unit="块", low=0, high=10_000_000, step=10,
          group="more", help_zh="一块一测一签", help_en="Each is a survey and a contract"),
    Input("distance_limit", "number", "平均运距上限", "Greatest mean distance", unit="km", low=0.0, high=1000,
          step=0.5, group="more", help_zh="按净面积加权", help_en="Weighted by net area"),
    Input("town_room", "number", "每个乡镇最多调入", "Most that a township takes in", unit="亩", low=0.0,
          high=10_000_000, step=100.0, group="more"),
    Input("budget", "number", "经费上限", "Budget", unit="万元", low=0.0, high=10_000_000, step=100.0, group="more",
          help_zh="须同时给出单价", help_en="Needs prices"),
    Input("price_reserve", "number", "储备区单价", "Price in the pool", unit="元/亩", default=0.0, low=0.0,
          high=10_000_000, step=100.0, group="more"),
    Input("price_cropland", "number", "稳定耕地单价", "Price of stable cropland", unit="元/亩", default=0.0, low=0.0,
          high=10_000_000, step=100.0, group="more"),
    Input("price_plot", "number", "每块费用", "Cost of a plot", unit="元/块", default=0.0, low=0.0, high=100_000_000,
          step=100.0, group="more", help_zh="勘测与签约", help_en="Survey and contract"),
)  # fmt: skip


def further(zone: Zone, values: Mapping[str, Any], unstable: frozenset[str]) -> tuple[Constraint, ...]:
    """The constraints of the further terms that are asked; ``unstable``: candidates that are no stable cropland."""
    from geo.plan.relocation import constraints as c

    found: list[Constraint] = []
    if values["town_balance"] is not None:
        found.append(c.TownBalance(ratio=values["town_balance"]))
    if values["reserve_share"] is not None:
        found.append(c.ReserveShare(share=values["reserve_share"]))
    if values["joined_share"] is not None:
        found.append(c.Joined(share=values["joined_share"], border_m=values["joined_m"]))
    if values["block_share"] is not None:
        found.append(c.BlockSize(share=values["block_share"], least_m2=from_mu(values["block_mu"]),
                                 border_m=values["joined_m"]))  # fmt: skip
    if values["unstable_share"] is not None:
        found.append(c.Stability(unstable=unstable, share=values["unstable_share"]))
    if values["plots_limit"] is not None:
        found.append(c.PlotsLimit(limit=values["plots_limit"]))
    if values["distance_limit"] is not None:
        found.append(c.Distance(limit_m=1000.0 * values["distance_limit"]))
    if values["town_room"] is not None:
        towns = sorted(set(zone.layer("parcels")["town_code"].astype(str)))
        found.append(c.Capacity(limit_m2=dict.fromkeys(towns, from_mu(values["town_room"]))))
    if values["budget"] is not None:
        prices = {"reserve": values["price_reserve"], "cropland": values["price_cropland"]}
        found.append(c.Budget(limit_yuan=YUAN_PER_WAN * values["budget"], yuan_mu=prices,
                              yuan_plot=values["price_plot"]))  # fmt: skip
    return tuple(found)


def lets_unstable_in(values: Mapping[str, Any]) -> bool:
    """Whether land that is not stable cropland may be a candidate at all."""
    return bool(values["unstable_share"])


def unstable_candidates(zone: Zone, values: Mapping[str, Any], codes: tuple[str, ...]) -> frozenset[str]:
    """Identifiers of lots and parcels that are not stable cropland; empty when none may come in anyway."""
    from geo.plan.candidates import is_unstable

    if not lets_unstable_in(values):
        return frozenset()
    found: set[str] = set()
    for layer, key in (("reserve", "lot_id"), ("parcels", "parcel_id")):
        if zone.has(layer):
            rows = zone.layer(layer)
            found |= set(rows.loc[is_unstable(rows, codes), key].astype(str))
    return frozenset(found)


def faults_of(values: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with the terms by themselves, before anything is measured."""
    inside, outside = {str(i) for i in values["lock_in"]}, {str(i) for i in values["lock_out"]}
    faults = [Finding("PL205", "error", i) for i in sorted(inside & outside)]
    limits = ("town_cap_share", "plots_limit", "budget", "town_room", "distance_limit")
    faults += [Finding("PL202", "error", _named(name), measured=0.0) for name in limits if values[name] == 0]
    if values["budget"] and not any(values[p] for p in ("price_reserve", "price_cropland", "price_plot")):
        faults.append(Finding("PL207", "error", _named("budget")))
    if values["plots_limit"] and len(inside) > values["plots_limit"]:
        faults.append(
            Finding("PL208", "error", _named("plots_limit"), measured=len(inside), limit=values["plots_limit"])
        )
    if not values["sources"]:
        faults.append(Finding("PL201", "error"))
    return faults


def _named(name: str) -> str:
    """An input in both languages with its name, for a message."""
    from geo.study.relocation_result import SPEC

    item = SPEC.input(name)
    return f"{item.zh} / {item.en} ({name})"
