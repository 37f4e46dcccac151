"""The first answers of an analysis: one figure and one sentence each, or what is missing to give it."""

from dataclasses import dataclass

from clients.analysis.days_of_sales import Sales
from clients.reports.analysis import Analysis
from factortaboite.money import percent
from factortaboite.templatetags.french import rate, whole_euros
from factortaboite.typography import typeset


@dataclass(frozen=True)
class KeyFigure:
    """`figure` is empty when the list does not say enough: `sentence` then says what is missing and who has it.
    `to_fill_in` says that the broker may type it among the snapshot's figures."""

    title: str
    figure: str
    unit: str
    sentence: str
    to_fill_in: bool = False


def key_figures(analysis: Analysis) -> list[KeyFigure]:
    """How long buyers take, how much is late, on how few it hangs, and what a loss costs; in that order.

    Broker and client read the same sentences: they speak of the list, and of neither of them."""
    figures = (_days(analysis), _overdue(analysis), _concentration(analysis), _loss(analysis))
    return [KeyFigure(each.title, each.figure, each.unit, typeset(each.sentence), each.to_fill_in) for each in figures]


def _days(analysis: Analysis) -> KeyFigure:
    title = "Délai de paiement (DSO)"
    days = analysis.days
    if days is None:
        if not analysis.has_balances:
            return KeyFigure(title, "", "", "Il manque les encours : la balance âgée du logiciel comptable les donne.")
        return KeyFigure(
            title,
            "",
            "",
            "Il manque le chiffre d’affaires de douze mois, par acheteur ou au total.",
            to_fill_in=True,
        )
    said = [f"Les acheteurs doivent {whole_euros(days.balance)} TTC, soit {days.days} jours de ventes TTC."]
    if days.is_upper_bound:
        said = [
            f"La liste ne donne que les encours maximums : {whole_euros(days.balance)} TTC s’ils tombaient le même "
            f"jour, soit {days.days} jours de ventes au plus."
        ]
    if days.against == Sales.WHOLE:
        said.append("Les ventes sont celles de toute l’entreprise, avec 20 % de TVA hors export.")
    if analysis.terms.average is not None:
        said.append(f"Les délais accordés en France sont de {analysis.terms.average:.0f} jours en moyenne.")
    return KeyFigure(title, str(days.days), "jours au plus" if days.is_upper_bound else "jours", " ".join(said))


def _overdue(analysis: Analysis) -> KeyFigure:
    title, aged = "Retards de paiement", analysis.aged
    if aged is None:
        missing = (
            "La liste ne dit pas depuis quand les encours sont échus : la balance âgée le dit, avec ses "
            "colonnes « non échu », « 1 à 30 jours »…"
        )
        return KeyFigure(title, "", "", missing)
    said = f"{whole_euros(aged.overdue)} TTC sont échus sur {whole_euros(aged.total)}"
    if aged.tells_late and aged.overdue > 0:
        said += (
            f", dont {whole_euros(aged.late)} depuis plus de 60 jours"
            if aged.late > 0
            else ", rien depuis plus de 60 jours"
        )
    return KeyFigure(title, percent(aged.overdue_share), "échus", said + ".")


def _concentration(analysis: Analysis) -> KeyFigure:
    title, seen = "Concentration", analysis.portrait
    if seen.concentration is None:
        missing = "Aucun acheteur n’a de chiffre d’affaires ni d’encours : la liste doit donner l’un des deux."
        return KeyFigure(title, "", "", missing)
    of = "des ventes assurables" if seen.by_turnover else "des encours"
    first = seen.largest[0]
    said = f"Le premier, {first.exposure.name}, fait {percent(first.share)} {of}"
    few = seen.concentration.few
    if few.size > 2:
        said += f", les deux premiers {percent(seen.concentration.top[2])}"
    said += "."
    curve = analysis.curve
    if curve and curve.most_count and curve.count > 1:
        plural = "s" if curve.most_count > 1 else ""
        said += f" {curve.most_count} acheteur{plural} sur {curve.count} en font 80 %."
    return KeyFigure(title, percent(few.share), f"sur {few.buyers}", said)


def _loss(analysis: Analysis) -> KeyFigure:
    title, seen, largest = "Ventes pour rattraper une perte", analysis.portrait, analysis.largest_loss
    margin = analysis.snapshot.margin_rate
    if not margin:
        missing = "Il manque le taux de marge : il dit combien de ventes il faut pour absorber un impayé."
        return KeyFigure(title, "", "", missing, to_fill_in=True)
    if_largest = ""
    if largest:
        if_largest = (
            f"Si {largest.exposure.name} ne payait plus ses {whole_euros(largest.amount)} HT, il en faudrait "
            f"{whole_euros(largest.sales)}."
        )
    if seen.sales_to_recover is not None:
        said = (
            f"À {rate(margin)} de marge, c’est ce que coûtent les {whole_euros(seen.worst_loss)} de la pire des trois "
            f"dernières années. {if_largest}"
        )
        return KeyFigure(title, whole_euros(seen.sales_to_recover), "de ventes", said.strip())
    if largest is None:
        missing = (
            "Ni perte ni encours dans ce qui est transmis : la déclaration de pertes et la balance âgée le disent."
        )
        return KeyFigure(title, "", "", missing)
    losses = "Aucune perte en trois ans" if analysis.snapshot.losses_are_said else "Les pertes ne sont pas renseignées"
    said = (
        f"{losses}. À {rate(margin)} de marge, c’est ce qu’il faudrait vendre si "
        f"{largest.exposure.name} ne payait plus ses {whole_euros(largest.amount)} HT."
    )
    return KeyFigure(title, whole_euros(largest.sales), "de ventes", said)
