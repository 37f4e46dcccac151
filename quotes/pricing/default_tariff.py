"""The tariff a firm starts from, as data: every number with its source, or marked as an assumption to be reviewed."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from quotes.pricing.tariffs import PARAMETERS, Product, Rate

VALID_FROM = date(2026, 1, 1)

ASSUMED = "hypothèse du cabinet"
GUIDE = "guide Factortaboite de souscription"
SINGLE_RISK_GUIDE = "guide Factortaboite, risque unique"
USUAL = "usage du marché, sources publiques"


def _parameters(*values: tuple[str, str, str]) -> Iterable[Rate]:
    return (Rate(PARAMETERS, code, Decimal(value), source) for code, value, source in values)


def _steps(table: str, *steps: tuple[str, str, str]) -> Iterable[Rate]:
    return (Rate(table, "", Decimal(value), source, bound=Decimal(bound)) for bound, value, source in steps)


SECTORS = tuple(
    Rate("sector", code, Decimal(factor), ASSUMED, label)
    for code, label, factor in (
        ("wholesale", "Commerce de gros", "1.00"),
        ("services", "Services aux entreprises", "0.90"),
        ("industry", "Industrie", "1.05"),
        ("transport", "Transport", "1.20"),
        ("temp-work", "Travail temporaire", "1.30"),
        ("construction", "Bâtiment et travaux publics", "1.35"),
    )
)

DEFAULT_RATES: dict[Product, tuple[Rate, ...]] = {
    Product.DECLARATION: (
        *_parameters(
            ("base_rate_french", "0.0022", ASSUMED),
            ("base_rate_export", "0.0022", ASSUMED),
            ("lowest_rate", "0.0015", GUIDE),
            ("highest_rate", "0.0050", GUIDE),
            ("no_loss_factor", "0.85", ASSUMED),
            ("no_history_factor", "1.15", ASSUMED),
            ("minimum_share", "0.80", ASSUMED),
            ("minimum_premium", "3000", ASSUMED),
            ("deposit_share", "1", ASSUMED),
            ("instalments", "4", USUAL),
            ("fee_per_buyer", "40", ASSUMED),
            ("insured_percentage", "0.90", USUAL),
            ("maximum_liability_multiple", "30", USUAL),
        ),
        *SECTORS,
        *_steps("losses", ("0.50", "1.00", ASSUMED), ("1", "1.25", ASSUMED)),
        *_steps(
            "export",
            ("0.10", "1.00", ASSUMED),
            ("0.30", "1.05", ASSUMED),
            ("0.60", "1.10", ASSUMED),
            ("1", "1.20", ASSUMED),
        ),
        *_steps("concentration", ("0.20", "1.00", ASSUMED), ("0.30", "1.05", ASSUMED), ("0.50", "1.15", ASSUMED)),
    ),
    Product.FLAT_FEE: (
        *_parameters(("insured_percentage", "0.90", USUAL), ("maximum_liability_multiple", "20", USUAL)),
        *_steps(
            "band",
            ("250000", "1200", ASSUMED),
            ("500000", "1500", ASSUMED),
            ("1000000", "2000", GUIDE),
            ("2000000", "3200", ASSUMED),
            ("3500000", "5000", ASSUMED),
            ("7000000", "9000", ASSUMED),
        ),
        *SECTORS,
        *_steps("buyers", ("20", "1.00", ASSUMED), ("50", "1.15", ASSUMED), ("100", "1.35", ASSUMED)),
    ),
    Product.SINGLE_RISK: (
        *_parameters(
            ("lowest_rate", "0.008", SINGLE_RISK_GUIDE),
            ("highest_rate", "0.02", SINGLE_RISK_GUIDE),
            ("minimum_premium", "400", ASSUMED),
            ("insured_percentage", "0.90", USUAL),
        ),
    ),
    Product.TAXES: (
        *_parameters(
            ("premium_tax_french", "0.09", "art. 1001, 6° CGI"),
            ("premium_tax_export", "0", "art. 995, 8° CGI : l’assurance du crédit à l’export est exonérée"),
            ("vat", "0.20", "taux normal ; la prime elle-même est exonérée (art. 261 C, 2° CGI)"),
        ),
    ),
}
