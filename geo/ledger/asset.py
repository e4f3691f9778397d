"""What is counted: assets with their one fixed integer unit, and the kinds of account, read from the word tables."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache

from geo.ledger.refusal import refuse
from geo.standards.tables import rows

# The widest amount of one leg, in smallest units: 10,000 km² or ten million tonnes. It bounds a typing error,
# and the sum of a million such legs still fits 64 bits.
MAX_AMOUNT = 1_000_000_000_000


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset: ``per_unit`` smallest units make one ``unit``; ``told_size`` of them make one told unit (公顷)."""

    code: str
    zh: str
    en: str
    unit: str
    per_unit: int
    told_unit_zh: str
    told_unit_en: str
    told_size: int
    told_decimals: int
    pool: str
    scope: str

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def told_unit(self, lang: str) -> str:
        return self.told_unit_zh if lang == "zh" else self.told_unit_en

    def tell(self, amount: int, lang: str = "zh") -> str:
        """An amount in the told unit with every decimal that matters, at least the form's: ``12.3456 公顷``."""
        exact = (Decimal(amount) / self.told_size).normalize()
        places = max(self.told_decimals, -int(exact.as_tuple().exponent))
        return f"{exact:,.{places}f} {self.told_unit(lang)}"

    def figure(self, amount: int) -> Decimal:
        """An amount in the told unit, rounded half up to the decimals of the official form."""
        step = Decimal(1).scaleb(-self.told_decimals)
        return (Decimal(amount) / self.told_size).quantize(step, rounding=ROUND_HALF_UP)

    def read(self, text: object, subject: str = "") -> int:
        """Smallest units from a figure in the told unit, exactly.

        Raises Refused LG132 for what is not a number, finer than the smallest unit, not positive or a float.
        """
        name = subject or self.code
        if isinstance(text, (float, bool)):
            raise refuse("LG101", name, measured=repr(text))
        try:
            amount = Decimal(str(text).strip().replace(",", "")) * self.told_size
        except InvalidOperation:
            raise refuse("LG132", name, measured=str(text), unit=self.told_unit_zh) from None
        if not amount.is_finite() or amount != amount.to_integral_value():
            raise refuse("LG132", name, measured=str(text), unit=self.told_unit_zh)
        return check_amount(int(amount), name)


@dataclass(frozen=True, slots=True)
class AccountKind:
    """One kind of account; ``source`` accounts hold what the pool owes (never above zero), others never fall below."""

    code: str
    zh: str
    en: str
    source: bool
    told: bool

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class PromiseKind:
    """One mechanism of 承诺补充 and the assets that it may cover."""

    code: str
    zh: str
    en: str
    assets: tuple[str, ...]
    article: str


@cache
def assets() -> dict[str, Asset]:
    """All assets by code."""
    return {
        r["code"]: Asset(
            r["code"], r["zh"], r["en"], r["unit"], int(r["per_unit"]), r["told_unit_zh"], r["told_unit_en"],
            int(r["told_size"]), int(r["told_decimals"]), r["pool"], r["scope"],
        )
        for r in rows("ledger_assets")
    }  # fmt: skip


@cache
def account_kinds() -> dict[str, AccountKind]:
    """All kinds of account by code."""
    return {
        r["code"]: AccountKind(r["code"], r["zh"], r["en"], r["sign"] == "-", r["told"] == "yes")
        for r in rows("ledger_accounts")
    }


@cache
def promise_kinds() -> dict[str, PromiseKind]:
    """All mechanisms of 承诺补充 by code."""
    return {
        r["code"]: PromiseKind(r["code"], r["zh"], r["en"], tuple(r["assets"].split()), r["article"])
        for r in rows("ledger_promises")
    }


def asset(code: object) -> Asset:
    """An asset by code. Raises Refused LG103."""
    found = assets().get(code) if isinstance(code, str) else None
    if found is None:
        raise refuse("LG103", str(code), limit=", ".join(assets()))
    return found


def check_amount(value: object, subject: str) -> int:
    """A whole, positive number of smallest units. Raises Refused LG101 (a float, a text) or LG102 (out of range)."""
    if type(value) is not int:  # bool is an int, and STRICT tables take 2.0 for 2: both would break the hash
        raise refuse("LG101", subject, measured=repr(value))
    if not 0 < value <= MAX_AMOUNT:
        raise refuse("LG102", subject, measured=str(value), limit=f"1 – {MAX_AMOUNT}")
    return value


def check_amounts(amounts: object) -> dict[str, int]:
    """Amounts by asset, checked one by one, in the order of the asset table. Raises Refused."""
    if not isinstance(amounts, dict) or not amounts:
        raise refuse("LG127", "amounts")
    checked = {asset(code).code: check_amount(value, str(code)) for code, value in amounts.items()}
    return {code: checked[code] for code in assets() if code in checked}
