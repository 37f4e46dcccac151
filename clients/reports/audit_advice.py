"""What a broker would tell the client to do next, from what its list says."""

from decimal import Decimal

from clients.reports.analysis import Analysis
from clients.reports.difficulties import Difficulties
from factortaboite.money import percent
from factortaboite.templatetags.french import whole_euros
from factortaboite.typography import typeset

# From this share of the risk on five buyers, losing one is losing a year.
CONCENTRATED = Decimal("0.4")


def next_steps(analysis: Analysis, troubled: Difficulties) -> list[tuple[str, str]]:
    """What to do and why, the most pressing first; the last is always to ask the insurers."""
    steps = [*_difficulties(troubled), *_overdue(analysis), *_terms(analysis), *_concentration(analysis)]
    steps.append(
        (
            "Demander un test à blanc",
            "Les assureurs disent, sans engagement, combien ils couvriraient sur chacun de vos acheteurs. C’est "
            "gratuit, et cela prend quelques jours.",
        )
    )
    return [(typeset(what), typeset(why)) for what, why in steps]


def _difficulties(troubled: Difficulties) -> list[tuple[str, str]]:
    if not troubled.count:
        return []
    who = "l’acheteur" if troubled.count == 1 else f"les {troubled.count} acheteurs"
    return [
        (
            f"Ne plus livrer à crédit {who} en difficulté",
            "Les factures d’avant le jugement se déclarent au mandataire dans les deux mois de sa publication au "
            "Bodacc (art. R. 622-24 du code de commerce).",
        )
    ]


def _overdue(analysis: Analysis) -> list[tuple[str, str]]:
    aged = analysis.aged
    if aged is None or aged.overdue <= 0:
        return []
    why = "Une assurance couvre les livraisons à venir, pas les factures déjà impayées."
    if aged.late > 0:
        return [(f"Relancer d’abord les {whole_euros(aged.late)} échus depuis plus de 60 jours", why)]
    return [(f"Relancer les {whole_euros(aged.overdue)} échus", why)]


def _terms(analysis: Analysis) -> list[tuple[str, str]]:
    terms = analysis.terms
    if not terms.beyond:
        return []
    who = "d’un acheteur" if terms.beyond == 1 else f"de {terms.beyond} acheteurs"
    check = " Vérifiez d’abord que ce plafond s’applique à ce que vous vendez." if terms.ceiling.depends else ""
    return [
        (
            f"Ramener à {terms.ceiling.days} jours les délais {who}",
            "Au-delà du plafond légal, l’amende peut atteindre 2 M€ (art. L. 441-16 du code de commerce)." + check,
        )
    ]


def _concentration(analysis: Analysis) -> list[tuple[str, str]]:
    measured = analysis.portrait.concentration
    if measured is None or measured.few.share < CONCENTRATED:
        return []
    few = measured.few
    of = "vos ventes assurables" if analysis.portrait.by_turnover else "vos encours"
    they, do = (
        ("votre plus gros acheteur", "Il fait")
        if few.size == 1
        else (f"vos {few.word} plus gros acheteurs", "Ils font")
    )
    return [
        (
            f"Faire garantir en premier {they}",
            f"{do} {percent(few.share)} de {of} : un seul défaut se verrait dans vos comptes.",
        )
    ]
