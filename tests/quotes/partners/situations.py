"""The table of situations: how a partner misbehaves, by the sandbox's names, and what must come of it."""

from dataclasses import dataclass

from factortaboite.money import NBSP
from quotes.partners.base import BrokenAnswer, PartnerError, PartnerRefused, PartnerUnavailable, UnreadableAnswer


@dataclass(frozen=True)
class Situation:
    """One fault and the error it must lead to. `message` and `kept` are parts of what the broker reads and finds."""

    kind: str
    error: type[PartnerError]  # PartnerUnavailable, and nothing else, is tried again
    message: str
    kept: bytes = b""
    step: str | None = None  # the only call where it may strike; else any of them

    def fault(self, identifier: str = "*", **more) -> dict:
        return {"identifier": identifier, "kind": self.kind, "step": self.step, **more}


def _refused(status: int) -> Situation:
    words = f"refuse l’appel (réponse {status}){NBSP}: «{NBSP}Simulated error{NBSP}»"
    return Situation(str(status), PartnerRefused, words, b"Simulated error")


def _unavailable(kind: str, message: str) -> Situation:
    return Situation(kind, PartnerUnavailable, message, b"Simulated error")


def _wrong(kind: str, words: str) -> Situation:
    return Situation(kind, UnreadableAnswer, f"Réponse illisible{NBSP}: {words}", b"000", step="answer")


SITUATIONS = (
    # The caller's fault: a token is renewed once, the rest is final.
    Situation(
        "401", PartnerRefused, "Le partenaire refuse les identifiants d’accès (réponse 401).", b"Simulated error"
    ),
    _refused(403),
    _refused(404),
    _refused(409),
    _refused(422),
    # Not now.
    _unavailable("408", "Le partenaire demande de répéter l’appel (réponse 408)."),
    _unavailable("425", "Le partenaire demande de répéter l’appel (réponse 425)."),
    Situation("429_seconds", PartnerUnavailable, "Le partenaire demande de ralentir (réponse 429).", b"Too many"),
    Situation("429_date", PartnerUnavailable, "Le partenaire demande de ralentir (réponse 429).", b"Too many"),
    _unavailable("500", "Le service du partenaire est indisponible (réponse 500)."),
    _unavailable("503", "Le service du partenaire est indisponible (réponse 503)."),
    Situation("hang", PartnerUnavailable, "Le partenaire n’a pas répondu en "),
    Situation("slow_drip", PartnerUnavailable, "Le partenaire n’a pas répondu en "),
    Situation("drop", PartnerUnavailable, "La connexion avec le partenaire a échoué."),
    # Not what was agreed.
    Situation("html", BrokenAnswer, "Le partenaire a répondu une page web au lieu de données.", b"<!doctype html>"),
    Situation("broken_json", BrokenAnswer, "La réponse du partenaire n’est pas lisible.", b"{'data': [,"),
    Situation("truncated", BrokenAnswer, "La réponse du partenaire n’est pas lisible."),
    Situation("huge", BrokenAnswer, f"La réponse du partenaire dépasse 2{NBSP}Mo.", b'{"padding": "xxx'),
    Situation("redirect", BrokenAnswer, "une autre adresse (réponse 302), qui n’est pas suivie.", b"moved"),
    # Well-formed and wrong.
    _wrong("unknown_status", "décision inconnue"),
    _wrong("wrong_currency", "elle porte sur une autre devise"),
    _wrong("other_buyer", "elle porte sur un autre acheteur"),
    _wrong("above_asked", "elle accorde plus que demandé"),
)
