"""WHAT MUST HOLD: one noun a file, each with its formula, its rows for a solver and its plain check."""

from geo.plan.relocation.constraints.area import Area
from geo.plan.relocation.constraints.block_size import BlockSize
from geo.plan.relocation.constraints.budget import Budget
from geo.plan.relocation.constraints.capacity import Capacity
from geo.plan.relocation.constraints.constraint import Check, Constraint, Row, Scope
from geo.plan.relocation.constraints.differ import Differ
from geo.plan.relocation.constraints.distance import Distance
from geo.plan.relocation.constraints.fair_share import FairShare
from geo.plan.relocation.constraints.joined import Joined
from geo.plan.relocation.constraints.locks import Locks
from geo.plan.relocation.constraints.paddy import Paddy
from geo.plan.relocation.constraints.plots_limit import PlotsLimit
from geo.plan.relocation.constraints.quality import Quality
from geo.plan.relocation.constraints.reserve_share import ReserveShare
from geo.plan.relocation.constraints.slope import Slope
from geo.plan.relocation.constraints.stability import Stability
from geo.plan.relocation.constraints.town_balance import TownBalance
from geo.plan.relocation.constraints.town_cap import TownCap

__all__ = [
    "Area", "BlockSize", "Budget", "Capacity", "Check", "Constraint", "Differ", "Distance", "FairShare", "Joined",
    "Locks", "Paddy", "PlotsLimit", "Quality", "ReserveShare", "Row", "Scope", "Slope", "Stability", "TownBalance",
    "TownCap",
]  # fmt: skip
