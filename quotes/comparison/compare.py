"""The comparison itself: who covers these buyers best, counted and ranked (DESIGN.md §4). Pure arithmetic.

What the broker earns is not among the inputs, so it cannot rank anybody.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_DOWN, Decimal
from operator import attrgetter

from factortaboite.money import THOUSAND, round_euros
from quotes.comparison import sentences
from quotes.comparison.current import CurrentCover
from quotes.comparison.indemnity import LossClauses, indemnity
from quotes.comparison.inputs import AskedBuyer, BuyerAnswer, CurrentContract, PartnerAnswers, PastYear
from quotes.comparison.result import Cell, Comparison, Outcome, PartnerResult, Uncovered
from quotes.comparison.scenarios import Replay, Scenario
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
    past: Sequence[PastYear] = (),
    current: CurrentContract | None = None,
) -> Comparison:
    """Rank `partners` by how well they cover `buyers` on the day `on`.

    The order is by covered share; partners within `tolerance` of the best of them are held equal and ordered by the
    largest indemnity of the loss scenarios, then by yearly cost. Partners without any answer come last. The client's
    `past` years, oldest first, are replayed with each of them; its `current` contract is measured, never ranked.
    Raises ValueError when a buyer or a partner stands twice, or an answer is about a buyer that was not asked.
    """
    asked = sorted(map(_to_the_cent, buyers), key=attrgetter("requested"), reverse=True)
    columns = list(partners)
    _check_keys(asked, columns)
    total = sum((buyer.requested for buyer in asked), NOTHING)
    ranked = _ranked([_measure(column, asked, total, on, past) for column in columns], tolerance)
    leader = ranked[0] if ranked and ranked[0].covered_low else None
    best_cells = sum(map(max, zip(*map(_covers, ranked), strict=True)), NOTHING)
    in_force = _current(current, asked, total, past) if current else None
    return Comparison(
        on=on,
        tolerance=tolerance,
        buyers=tuple(asked),
        total_requested=total,
        partners=tuple(
            replace(result, rank=rank, **sentences.write(result, ranked, leader, asked, in_force))
            for rank, result in enumerate(ranked, start=1)
        ),
        recommended=leader.code if leader else None,
        best_cells_total=best_cells,
        best_cells_sentence=sentences.best_cells(best_cells, ranked),
        current=in_force,
    )


def _to_the_cent(buyer: AskedBuyer) -> AskedBuyer:
    is_exact = buyer.requested.as_tuple().exponent == -2
    return buyer if is_exact else replace(buyer, requested=round_euros(buyer.requested))


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


def _measure(
    column: PartnerAnswers, asked: Sequence[AskedBuyer], total: Decimal, on: date, past: Sequence[PastYear]
) -> PartnerResult:
    cells = tuple(_cell(buyer, column.answers.get(buyer.key), on) for buyer in asked)
    outcomes = [cell.outcome for cell in cells]
    pairs = list(zip(asked, cells, strict=True))
    covered = sum((cell.covered for cell in cells), NOTHING)
    awaited = sum((buyer.requested for buyer, cell in pairs if cell.outcome is Outcome.NO_ANSWER), NOTHING)
    top = pairs[:TOP_SHARE]
    open_lines = [
        Uncovered(buyer.key, buyer.name, buyer.requested - cell.covered, cell.outcome is Outcome.NO_ANSWER)
        for buyer, cell in pairs
        if cell.outcome is not Outcome.IN_FULL
    ]
    clauses = _clauses(column.priced) if column.priced else None
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
        in_full=outcomes.count(Outcome.IN_FULL),
        in_part=outcomes.count(Outcome.IN_PART),
        refused=outcomes.count(Outcome.REFUSED),
        no_answer=outcomes.count(Outcome.NO_ANSWER),
        cells=cells,
        uncovered=tuple(sorted(open_lines, key=attrgetter("amount"), reverse=True)),
        scenarios=_scenarios(pairs[:TOP_SCENARIOS], clauses) if clauses else (),
        priced=column.priced,
        cost_per_thousand=_per_thousand(column.priced.cost.total, covered) if column.priced else None,
        replays=tuple(Replay(year.year, year.loss, indemnity(year.loss, clauses)) for year in past) if clauses else (),
    )


def _cell(buyer: AskedBuyer, answer: BuyerAnswer | None, on: date) -> Cell:
    if answer is None:
        return Cell(buyer.key, Outcome.NO_ANSWER, NOTHING)
    permanent, temporary, last_day = round_euros(answer.permanent), NOTHING, None
    if answer.decision is Decision.REFUSED or answer.decision is Decision.WITHDRAWN:
        permanent = NOTHING
    elif answer.temporary:
        # Without a last day nobody can tell whether it is still in force: it is not counted, and a warning says so.
        last_day = answer.temporary_until
        temporary = round_euros(answer.temporary) if last_day is None or on <= last_day else NOTHING
    in_force = temporary if last_day else NOTHING
    covered = min(permanent + in_force, buyer.requested) if in_force or permanent > buyer.requested else permanent
    if not covered:
        outcome = Outcome.REFUSED
    else:
        outcome = Outcome.IN_FULL if covered == buyer.requested else Outcome.IN_PART
    return Cell(
        buyer.key,
        outcome,
        covered,
        temporary,
        last_day if in_force else None,
        answer.decision,
        answer.reasons,
        answer.conditions,
        answer.preliminary,
    )


def _clauses(priced: PricedTerms) -> LossClauses:
    return LossClauses(priced.terms.insured_percentage, priced.maximum_liability, priced.terms.excesses)


def _scenarios(largest: Sequence[tuple[AskedBuyer, Cell]], clauses: LossClauses) -> tuple[Scenario, ...]:
    # The maximum liability caps what is paid in a year, so it applies to each loss, never to the sum of the limits.
    return tuple(
        Scenario(buyer.key, buyer.name, buyer.requested, cell.covered, indemnity(cell.covered, clauses))
        for buyer, cell in largest
    )


def _current(
    contract: CurrentContract, asked: Sequence[AskedBuyer], total: Decimal, past: Sequence[PastYear]
) -> CurrentCover:
    covers = tuple(min(round_euros(contract.limits.get(buyer.key, NOTHING)), buyer.requested) for buyer in asked)
    covered = sum(covers, NOTHING)
    percentage = contract.insured_percentage
    clauses = None
    if percentage is not None:
        clauses = LossClauses(percentage, contract.maximum_liability, contract.excesses)
    return CurrentCover(
        insurer=contract.insurer,
        ends_on=contract.ends_on,
        covers=covers,
        covered=covered,
        share=_share(covered, total),
        yearly_cost=contract.yearly_cost,
        cost_per_thousand=None if contract.yearly_cost is None else _per_thousand(contract.yearly_cost, covered),
        insured_percentage=percentage,
        maximum_liability=contract.maximum_liability,
        failures=tuple(indemnity(cover, clauses) for cover in covers[:TOP_SCENARIOS]) if clauses else (),
        replays=tuple(indemnity(year.loss, clauses) for year in past) if clauses else (),
        excesses=contract.excesses,
    )


def _per_thousand(yearly_cost: Decimal, covered: Decimal) -> Decimal | None:
    return round_euros(yearly_cost * THOUSAND / covered) if covered else None


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
