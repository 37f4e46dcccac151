"""One vocabulary for what every partner answers (OUTSIDE_SYSTEMS.md §1.4, UN/EDIFACT 4507 and 4509).

Pure: connectors translate a partner's own codes into these words, screens and PDFs print their French labels.
"""

from enum import StrEnum


class Decision(StrEnum):
    """What a partner decided on one buyer."""

    GRANTED = "granted"
    CONDITIONAL = "conditional"
    PARTIAL = "partial"
    REFUSED = "refused"
    INCREASE_REFUSED = "increase_refused"
    REDUCED = "reduced"
    WITHDRAWAL_ANNOUNCED = "withdrawal_announced"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return DECISION_LABELS[self]


DECISION_LABELS = {
    Decision.GRANTED: "accordé",
    Decision.CONDITIONAL: "accordé avec réserves",
    Decision.PARTIAL: "partiel",
    Decision.REFUSED: "refusé",
    Decision.INCREASE_REFUSED: "hausse refusée, garantie en vigueur",
    Decision.REDUCED: "réduit",
    Decision.WITHDRAWAL_ANNOUNCED: "préavis de résiliation",
    Decision.WITHDRAWN: "résilié",
}


class Reason(StrEnum):
    """Why a partner granted less than it was asked."""

    NO_FINANCIALS = "no_financials"
    OLD_FINANCIALS = "old_financials"
    WEAK_FINANCIALS = "weak_financials"
    LOSSES = "losses"
    LATE_PAYMENTS = "late_payments"
    PUBLIC_ADVERSE_INFORMATION = "public_adverse_information"
    INSOLVENCY = "insolvency"
    NEW_COMPANY = "new_company"
    SMALL_BUSINESS = "small_business"
    OUT_OF_BUSINESS = "out_of_business"
    NOT_IDENTIFIED = "not_identified"
    LIMIT_FULL = "limit_full"
    SECTOR_OR_COUNTRY = "sector_or_country"
    GROUP = "group"
    OTHER = "other"

    @property
    def label(self) -> str:
        return REASON_LABELS[self]

    @property
    def next_action(self) -> str:
        """What the broker can do about it, or an empty string."""
        return NEXT_ACTIONS.get(self, "")


REASON_LABELS = {
    Reason.NO_FINANCIALS: "aucun bilan disponible",
    Reason.OLD_FINANCIALS: "bilans trop anciens",
    Reason.WEAK_FINANCIALS: "situation financière fragile",
    Reason.LOSSES: "pertes d’exploitation",
    Reason.LATE_PAYMENTS: "retards de paiement signalés",
    Reason.PUBLIC_ADVERSE_INFORMATION: "informations publiques défavorables",
    Reason.INSOLVENCY: "procédure collective",
    Reason.NEW_COMPANY: "entreprise récente",
    Reason.SMALL_BUSINESS: "taille de l’entreprise",
    Reason.OUT_OF_BUSINESS: "entreprise fermée",
    Reason.NOT_IDENTIFIED: "entreprise non identifiée",
    Reason.LIMIT_FULL: "engagement maximal atteint sur cet acheteur",
    Reason.SECTOR_OR_COUNTRY: "secteur ou pays",
    Reason.GROUP: "situation du groupe",
    Reason.OTHER: "autre motif",
}

NEXT_ACTIONS = {
    Reason.NO_FINANCIALS: "Envoyez la dernière liasse fiscale de l’acheteur et redemandez.",
    Reason.OLD_FINANCIALS: "Envoyez des comptes plus récents et redemandez.",
    Reason.GROUP: "Proposez une garantie de la maison-mère.",
    Reason.NOT_IDENTIFIED: "Vérifiez le SIREN ou le numéro de TVA de l’acheteur.",
    Reason.LIMIT_FULL: "Demandez un complément à un second assureur.",
}
