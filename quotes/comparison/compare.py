"""The comparison itself: who covers these buyers best, counted and ranked (DESIGN.md §4). Pure arithmetic.

What the broker earns is not among the inputs, so it cannot rank anybody.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_DOWN, Decimal

from factortaboite.money import round_euros
from quotes.comparison import sentences
from quotes.comparison.inputs import AskedBuyer, BuyerAnswer, PartnerAnswers
from quotes.comparison.result import Cell, Comparison, Outcome, PartnerResult, Scenario, Uncovered
from quotes.pricing.annual_cost import PricedTerms
from quotes.vocabulary import Decision

TOP_SCENARIOS = 5
TOP_SHARE = 10
NOTHING = Decimal("0.00")


def compare(
    buyers: Iterable[AskedBuyer],
    partners: Iterable[PartnerAnswers],
    *,
    on: date,
    tolerance: Decimal = Decimal("0.02"),
) -> Comparison:
    """Rank `partners` by how well they cover `buyers` on the day `on`.

    The order is by covered share; partners within `tolerance` of the best of them are held equal and ordered by the
    largest indemnity of the loss scenarios, then by yearly cost. Partners without any answer come last.
    Raises ValueError when a buyer or a partner stands twice, or an answer is about a buyer that was not asked.
    """
    asked = sorted(
        (replace(buyer, requested=round_euros(buyer.requested)) for buyer in buyers),
        key=lambda buyer: -buyer.requested,
    )
    columns = list(partners)
    _check_keys(asked, columns)
    total = sum((buyer.requested for buyer in asked), NOTHING)
    ranked = _ranked([_measure(column, asked, total, on) for column in columns], tolerance)
    leader = ranked[0] if ranked and ranked[0].covered_low else None
    best_cells = sum((max(cells) for cells in zip(*map(_covers, ranked), strict=True)), NOTHING)
    return Comparison(
        on=on,
        tolerance=tolerance,
        buyers=tuple(asked),
        total_requested=total,
        partners=tuple(
            replace(result, rank=rank, **sentences.write(result, ranked, leader, asked))
            for rank, result in enumerate(ranked, start=1)
        ),
        recommended=leader.code if leader else None,
        best_cells_total=best_cells,
        best_cells_sentence=sentences.best_cells(best_cells, ranked),
    )


def _check_keys(asked: Sequence[AskedBuyer], columns: Sequence[PartnerAnswers]) -> None:
    keys = [buyer.key for buyer in asked]
    codes = [column.code for column in columns]
    for name, values in (("buyer", keys), ("partner", codes)):
        twice = [value for value, count in Counter(values).items() if count > 1]
        if twice:
            raise ValueError(f"{name} {twice[0]} stands twice")
    for column in columns:
        if strangers := set(column.answers) - set(keys):
            raise ValueError(f"{column.name} answers on {min(strangers)}, which was not asked")


def _measure(column: PartnerAnswers, asked: Sequence[AskedBuyer], total: Decimal, on: date) -> PartnerResult:
    cells = tuple(_cell(buyer, column.answers.get(buyer.key), on) for buyer in asked)
    counts = Counter(cell.outcome for cell in cells)
    pairs = list(zip(asked, cells, strict=True))
    covered = sum((cell.covered for cell in cells), NOTHING)
    awaited = sum((buyer.requested for buyer, cell in pairs if cell.outcome is Outcome.NO_ANSWER), NOTHING)
    top = pairs[:TOP_SHARE]
    open_lines = [
        Uncovered(buyer.key, buyer.name, buyer.requested - cell.covered, cell.outcome is Outcome.NO_ANSWER)
        for buyer, cell in pairs
        if cell.covered < buyer.requested
    ]
    return PartnerResult(
        code=column.code,
        name=column.name,
        subtitle=column.subtitle,
        total_requested=total,
        covered_low=covered,
        covered_high=covered + awaited,
        share_low=_share(covered, total),
        share_high=_share(covered + awaited, total),
        top10_share=_share(sum(cell.covered for _, cell in top), sum(buyer.requested for buyer, _ in top)),
        in_full=counts[Outcome.IN_FULL],
        in_part=counts[Outcome.IN_PART],
        refused=counts[Outcome.REFUSED],
        no_answer=counts[Outcome.NO_ANSWER],
        cells=cells,
        uncovered=tuple(sorted(open_lines, key=lambda line: -line.amount)),
        scenarios=_scenarios(pairs[:TOP_SCENARIOS], column.priced) if column.priced else (),
        priced=column.priced,
        cost_per_thousand=round_euros(column.priced.cost.total * 1000 / covered)
        if column.priced and covered
        else None,
    )


def _cell(buyer: AskedBuyer, answer: BuyerAnswer | None, on: date) -> Cell:
    if answer is None:
        return Cell(buyer.key, Outcome.NO_ANSWER, NOTHING)
    permanent, temporary = round_euros(answer.permanent), round_euros(answer.temporary)
    if answer.decision in (Decision.REFUSED, Decision.WITHDRAWN):
        permanent = temporary = NOTHING
    # Without a last day nobody can tell whether it is still in force: it is not counted, and a warning says so.
    in_force = temporary if answer.temporary_until and on <= answer.temporary_until else NOTHING
    covered = min(permanent + in_force, buyer.requested)
    if not covered:
        outcome = Outcome.REFUSED
    else:
        outcome = Outcome.IN_FULL if covered == buyer.requested else Outcome.IN_PART
    return Cell(
        buyer_key=buyer.key,
        outcome=outcome,
        covered=covered,
        temporary=in_force or (temporary if answer.temporary_until is None else NOTHING),
        temporary_until=answer.temporary_until if in_force else None,
        decision=answer.decision,
        reasons=answer.reasons,
        conditions=answer.conditions,
        preliminary=answer.preliminary,
    )


def _scenarios(largest: Sequence[tuple[AskedBuyer, Cell]], priced: PricedTerms) -> tuple[Scenario, ...]:
    # The maximum liability caps what is paid in a year, so it applies to each loss, never to the sum of the limits.
    return tuple(
        Scenario(
            buyer_key=buyer.key,
            name=buyer.name,
            loss=buyer.requested,
            covered=cell.covered,
            indemnity=_capped(round_euros(cell.covered * priced.terms.insured_percentage), priced.maximum_liability),
        )
        for buyer, cell in largest
    )


def _capped(indemnity: Decimal, maximum_liability: Decimal | None) -> Decimal:
    return indemnity if maximum_liability is None else min(indemnity, maximum_liability)


def _ranked(results: Sequence[PartnerResult], tolerance: Decimal) -> list[PartnerResult]:
    waiting = sorted((result for result in results if not result.answered), key=lambda result: result.code)
    rest = sorted((result for result in results if result.answered), key=lambda result: -result.covered_low)
    ranking: list[PartnerResult] = []
    while rest:
        # A band is measured from its best partner: small steps must not chain a poor cover to a good one.
        band = [result for result in rest if rest[0].share_low - result.share_low <= tolerance]
        ranking += sorted(band, key=_preference)
        rest = rest[len(band) :]
    return ranking + waiting


def _preference(result: PartnerResult) -> tuple[Decimal, bool, Decimal, Decimal, str]:
    indemnity, cost = result.largest_indemnity, result.yearly_cost
    return (
        Decimal(1) if indemnity is None else -indemnity,
        cost is None,
        cost or NOTHING,
        -result.covered_low,
        result.code,
    )


def _covers(result: PartnerResult) -> list[Decimal]:
    return [cell.covered for cell in result.cells]


def _share(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """Six decimals, cut: rounding half up here and again in print could lift a share by a tenth of a point."""
    return (Decimal(part) / Decimal(whole) if whole else Decimal(0)).quantize(Decimal("0.000001"), ROUND_DOWN)
