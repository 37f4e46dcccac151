"""What a firm has in progress, from the dropped list to the answered offer, and the next step of each."""

from collections.abc import Iterator

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.urls import reverse
from django.utils import timezone

from clients.enums import ClientStage, PortfolioFileStatus
from clients.models import Alert, Client, ClientAnswer, ClientRequest, PortfolioFile, RiskSnapshot
from clients.monitoring.severity import Level
from factortaboite.accounts.models import User
from factortaboite.desk.task import RECENT, SHOWN, Task
from factortaboite.desk.undelivered import undelivered
from factortaboite.mail.models import MailStatus
from factortaboite.money import NBSP
from factortaboite.templatetags.french import french_date
from factortaboite.templatetags.ui import pluralize
from quotes.enums import Channel, ProposalStatus
from quotes.models import MarketTest, Proposal

NAMED = 3
# Nobody carries on with a lost client; what it sends, answers, or is to be asked again one day is told all the same.
GOES_ON = ~Q(client__stage=ClientStage.LOST)


def tasks_of(user: User) -> list[Task]:
    """What cannot wait, then everything in progress in the user's firm, nearest to the client's signature first."""
    return [
        *_alerts(user),
        *undelivered(user),
        *_actions(user),
        *_proposals(user),
        *_market_tests(user),
        *_answers(user),
        *_snapshots(user),
        *_files(user),
        *_requests(user),
        *_unplanned(user),
    ]


def _alerts(user: User) -> Iterator[Task]:
    """Critical alerts that nobody has dealt with, the most expensive first, and one line for the others."""
    serious = Alert.objects.visible_to(user).open().filter(level__lte=Level.IMPORTANT)
    shown = list(serious.critical().for_display()[:SHOWN])
    for alert in shown:
        yield Task(
            alert.buyer if alert.is_own_client else f"{alert.buyer} · {alert.client}",
            f"{alert.says} {alert.stakes}".strip(),
            "refused",
            alert.event.get_kind_display(),
            "Traiter",
            f"{reverse('alerts:alert_list')}?alerte={alert.pk}#alerte-{alert.pk}",
            True,
        )
    if others := list(serious.exclude(pk__in=[alert.pk for alert in shown]).values_list("buyer", flat=True)):
        yield Task(
            f"{len(others)} alerte{pluralize(others)} à traiter{' aussi' if shown else ''}",
            _some(others),
            "partial",
            "importante" + pluralize(others),
            "Voir",
            reverse("alerts:alert_list"),
            True,
        )


def _some(names: list[str]) -> str:
    """The first of the names, and how many others."""
    others = f" et {len(names) - NAMED} autres" if len(names) > NAMED + 1 else ""
    return ", ".join(names[: NAMED if others else None]) + others


def _actions(user: User) -> Iterator[Task]:
    """The next actions due by today, of the user's clients and of those that nobody follows."""
    clients = Client.objects.visible_to(user).filter(Q(owner=user) | Q(owner=None))
    for client in clients.with_action_due(timezone.localdate())[:SHOWN]:
        late = client.action_days_late
        yield Task(
            client.name,
            client.next_action,
            "refused" if late else "",
            f"en retard de {late} jour{pluralize(late)}" if late else "aujourd’hui",
            "Ouvrir le client",
            reverse("clients:client_detail", args=[client.pk]),
            True,
        )


def _answers(user: User) -> Iterator[Task]:
    """Figures that clients typed, and that nobody has looked at; some can only be taken over with the next list."""
    answers = ClientAnswer.objects.visible_to(user).proposed().with_snapshot().select_related("request__client")
    for answer in answers[:SHOWN]:
        because = answer.waits_because
        yield Task(
            answer.request.client.name,
            f"Chiffres reçus du client le {french_date(answer.given_at)}{because and f'{NBSP}: {because}'}",
            "",
            "attendent une liste" if because else "à reprendre",
            "Voir les chiffres" if because else "Vérifier les chiffres",
            reverse("clients:client_request", args=[answer.request_id]),
            True,
        )


def _unplanned(user: User) -> Iterator[Task]:
    """The user's clients without a next action: one line for all, which leads to them."""
    names = list(Client.objects.visible_to(user).filter(owner=user).without_action().values_list("name", flat=True))
    if names:
        yield Task(
            f"{len(names)} client{pluralize(names)} sans prochaine action",
            _some(names),
            "partial",
            "à planifier",
            "Planifier",
            reverse("pipeline:board") + "?suivi=moi&action=aucune",
            True,
        )


def _requests(user: User) -> Iterator[Task]:
    """Clients that were asked for something and have sent nothing yet."""
    nothing = {"files": None, "answers": None, "statement__signature": None}
    requests = ClientRequest.objects.visible_to(user).open().filter(GOES_ON, **nothing)
    for request in requests.exclude(mail__status=MailStatus.FAILED)[:SHOWN]:
        yield Task(
            request.client.name,
            f"Demandé le {french_date(request.created_at)} à {request.sent_to}",
            "waiting",
            "ouverte, sans réponse" if request.views else "pas encore ouverte",
            "Voir la demande",
            reverse("clients:client_request", args=[request.pk]),
            False,
        )


def _files(user: User) -> Iterator[Task]:
    steps = {
        PortfolioFileStatus.PENDING: ("waiting", "lecture en cours", "Suivre", False),
        PortfolioFileStatus.READ: ("", "à vérifier", "Vérifier la liste", True),
        PortfolioFileStatus.UNREADABLE: ("refused", "illisible", "Voir pourquoi", True),
    }
    files = PortfolioFile.objects.visible_to(user).unconfirmed().select_related("client").defer("packed", "reading")
    for file in files[:SHOWN]:
        state, status, action, ours = steps[PortfolioFileStatus(file.status)]
        brought = "reçue du client" if file.request_id else "déposée"
        detail = f"Liste « {file.filename} » {brought} le {french_date(file.uploaded_at)}"
        yield Task(
            file.client.name, detail, state, status, action, reverse("clients:portfolio_file", args=[file.pk]), ours
        )


def _snapshots(user: User) -> Iterator[Task]:
    snapshots = (
        RiskSnapshot.objects.visible_to(user)
        .latest()
        .filter(GOES_ON, frozen_at=None)
        .select_related("client")
        .annotate(asked_count=Count("exposures", filter=Q(exposures__set_aside="", exposures__requested__gt=0)))
        .order_by("-confirmed_at", "-pk")  # rows that are counted have lost the model's order
    )
    for snapshot in snapshots[:SHOWN]:
        yield Task(
            snapshot.client.name,
            f"Photographie du {french_date(snapshot.taken_on)} : {snapshot.asked_count} "
            f"acheteur{pluralize(snapshot.asked_count)} à demander",
            "",
            "prête",
            "Lancer le test à blanc",
            reverse("clients:snapshot_detail", args=[snapshot.pk]),
            True,
        )


def _market_tests(user: User) -> Iterator[Task]:
    offers = Proposal.objects.filter(market_test=OuterRef("pk")).exclude(status=ProposalStatus.WITHDRAWN)
    by_machine = Q(submissions__channel=Channel.API, submissions__ended_at=None)
    tests = (
        MarketTest.objects.visible_to(user)
        .filter(GOES_ON, ~Exists(offers), launched_at__gt=timezone.now() - RECENT)
        .select_related("client")
        .annotate(
            asked=Sum("submissions__asked_count", default=0),
            settled=Sum("submissions__settled_count", default=0),
            running=Count("submissions", filter=by_machine),
        )
        .order_by("-launched_at", "-pk")
    )
    for test in tests[:SHOWN]:
        detail = f"Test à blanc du {french_date(test.launched_at)} : {test.settled} réponses sur {test.asked}"
        url = reverse("quotes:market_test_detail", args=[test.pk])
        if test.running:
            yield Task(test.client.name, detail, "waiting", "en cours", "Suivre", url, False)
        elif test.settled < test.asked:
            yield Task(test.client.name, detail, "", "réponses attendues", "Saisir les réponses", url, True)
        else:
            yield Task(test.client.name, detail, "granted", "complet", "Préparer l’offre", url, True)


def _proposals(user: User) -> Iterator[Task]:
    in_progress = GOES_ON & Q(status__in=[ProposalStatus.RENDERING, ProposalStatus.READY, ProposalStatus.SENT])
    answered = Q(status__in=[ProposalStatus.ACCEPTED, ProposalStatus.DECLINED], created_at__gt=timezone.now() - RECENT)
    proposals = (
        Proposal.objects.visible_to(user)
        .filter(in_progress | answered)
        .select_related("client")
        .defer("content")
        .annotate(views=Sum("links__views", default=0))
        .with_delivery()
        .order_by("-pk")
    )
    for proposal in proposals[:SHOWN]:
        state, status, action, ours = _proposal_step(proposal)
        detail = f"{proposal}, valable jusqu’au {french_date(proposal.valid_until)}"
        yield Task(
            proposal.client.name,
            detail,
            state,
            status,
            action,
            reverse("quotes:proposal_detail", args=[proposal.pk]),
            ours,
        )


def _proposal_step(proposal: Proposal) -> tuple[str, str, str, bool]:
    match ProposalStatus(proposal.status):
        case ProposalStatus.RENDERING:
            return "waiting", "mise en page", "Suivre", False
        case ProposalStatus.READY:
            return "", "prête", "Envoyer l’offre", True
        case ProposalStatus.SENT if proposal.undelivered:
            return "refused", "e-mail non remis", "Corriger et renvoyer", True
        case ProposalStatus.SENT if proposal.views:
            return "", "lue", "Relancer", True
        case ProposalStatus.SENT:
            return "waiting", "envoyée, pas encore lue", "Voir l’offre", False
        case ProposalStatus.ACCEPTED:
            return "granted", "acceptée", "Mettre en place", True
        case _:
            return "refused", "déclinée", "Voir la réponse", True
