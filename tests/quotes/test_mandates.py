"""Mandates: how they move, what they allow, the letters that ask for them."""

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import product
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from outloud import check
from pypdf import PdfReader

from factortaboite.mail.models import MailStatus, OutgoingMail
from factortaboite.refused import Refused
from quotes.engine import lease, store
from quotes.enums import MANDATE_TRANSITIONS, MandateScope, MandateState
from quotes.models import LimitIndication, Mandate, MandateDocument, MarketTest, PartnerAccount
from quotes.models.mandate import MandateRefused
from quotes.services.mandates import accept_mandates, note_state, read_standings, request_mandates, write_request
from quotes.services.market_tests import LaunchRefused, ask_again, launch_market_test, sweep_market_tests
from tests.factories import ClientFactory, ExposureFactory, RiskSnapshotFactory, UserFactory
from tests.quotes.factories import (
    LimitIndicationFactory,
    MandateFactory,
    PartnerAccountFactory,
    SubmissionFactory,
)

pytestmark = pytest.mark.django_db

FREE, INCUMBENT, RESERVED = MandateState.FREE, MandateState.INCUMBENT, MandateState.RESERVED
REQUESTED, ACCEPTED, EXPIRED = MandateState.REQUESTED, MandateState.ACCEPTED, MandateState.EXPIRED
LISTED_MOVES = {
    *product([FREE], [INCUMBENT, RESERVED, REQUESTED, ACCEPTED]),
    *product([INCUMBENT, RESERVED], [FREE, REQUESTED, ACCEPTED]),
    *product([REQUESTED], [FREE, RESERVED, REQUESTED, ACCEPTED]),
    *product([ACCEPTED], [FREE, ACCEPTED]),
    *product([EXPIRED], [FREE, INCUMBENT, RESERVED, REQUESTED, ACCEPTED]),
}
TODAY = timezone.localdate()
IN_FORCE = {"signed_on": TODAY, "valid_until": TODAY + timedelta(days=365)}


@pytest.fixture(autouse=True)
def one_day(monkeypatch):
    """A suite that begins before midnight stays on its first day."""
    day_of = timezone.localdate
    monkeypatch.setattr(timezone, "localdate", lambda moment=None: day_of(moment) if moment else TODAY)


class TestMoves:
    def test_the_table_knows_every_state(self):
        assert set(MANDATE_TRANSITIONS) == set(MandateState)

    @pytest.mark.parametrize(
        ("before", "after"), [pytest.param(*pair, id="-".join(pair)) for pair in product(MandateState, repeat=2)]
    )
    def test_only_listed_moves_happen(self, before, after):
        mandate = MandateFactory(**({} if before == FREE else {before.value: True}))
        assert mandate.state == before
        by = UserFactory(firm=mandate.firm)
        changes = IN_FORCE if after == ACCEPTED else {}
        if (before, after) in LISTED_MOVES:
            mandate.move_to(after, by=by, detail="parce que", **changes)
            event = mandate.events.get()
            assert (event.from_status, event.to_status, event.by, event.detail, event.firm) == (
                before, after, by, "parce que", mandate.firm
            )  # fmt: skip
        else:
            with pytest.raises(MandateRefused, match=f"« {before.label} »".replace(" ", ".")):
                mandate.move_to(after, by=by, **changes)
            assert not mandate.events.exists()
        stored = Mandate.objects.get(pk=mandate.pk)
        assert stored.state == mandate.state == (after if (before, after) in LISTED_MOVES else before)

    @pytest.mark.parametrize(
        ("days", "state"),
        [
            pytest.param(1, ACCEPTED, id="tomorrow"),
            pytest.param(0, ACCEPTED, id="last-day"),
            pytest.param(-1, EXPIRED, id="day-after"),
        ],
    )
    def test_the_date_alone_makes_it_expire(self, days, state):
        mandate = MandateFactory(accepted=True, valid_until=TODAY + timedelta(days=days))
        assert mandate.state == state
        assert Mandate.objects.in_force(TODAY).exists() == (state == ACCEPTED)

    def test_expired_is_never_stored(self):
        mandate = MandateFactory(expired=True)
        with pytest.raises(IntegrityError, match="mandate_status_known"), transaction.atomic():
            Mandate.objects.update(status=EXPIRED)
        with pytest.raises(IntegrityError, match="accepted_mandate_has_dates"), transaction.atomic():
            Mandate.objects.filter(pk=mandate.pk).update(signed_on=None)


def real(firm, **fields) -> PartnerAccount:
    return PartnerAccountFactory(real=True, firm=firm, name="Vrai Assureur", **fields)


PAID = {"lookup_price": Decimal("2.50"), "lookup_budget": Decimal("100.00")}
REFUSALS = [
    pytest.param({"live": False}, "accepted", "Fermé aux vraies demandes", id="closed"),
    pytest.param({"live": False}, None, "Fermé aux vraies demandes", id="closed, no mandate"),
    pytest.param({"live": True}, None, "Il faut un mandat du client.", id="no mandate"),
    pytest.param({"live": True}, "incumbent", "Il faut un mandat du client.", id="incumbent"),
    pytest.param({"live": True}, "reserved", "Réservé par un autre courtier", id="reserved"),
    pytest.param({"live": True}, "requested", "n’est pas encore signé", id="requested"),
    pytest.param({"live": True}, "expired", "a expiré le", id="expired"),
    pytest.param({"live": True, "lookup_price": Decimal(1)}, "accepted", "donnez-lui un budget", id="no budget"),
    pytest.param(
        {"live": True, **PAID, "lookup_spent": Decimal("95.01")}, "accepted",
        "coûteraient 5,00 € HT, il en reste 4,99 €", id="one cent short",
    ),
]  # fmt: skip
ALLOWED = [
    pytest.param({"live": True}, "accepted", "0.00", id="free look-ups"),
    pytest.param({"live": True, **PAID}, "accepted", "5.00", id="paid look-ups"),
    pytest.param(
        {"live": True, **PAID, "lookup_spent": Decimal("95.00")}, "accepted", "100.00", id="to the last cent"
    ),
    pytest.param({"sandbox": True, **PAID}, None, "0.00", id="simulator"),
    pytest.param({"sandbox": True}, "reserved", "0.00", id="simulator, reserved"),
    pytest.param({"by_mail": True, "base_url": "", **PAID}, None, "0.00", id="by mail"),
]


@pytest.fixture
def snapshot():
    """Two buyers to ask."""
    snapshot = RiskSnapshotFactory(client__name="Négoce Martin")
    ExposureFactory.create_batch(2, snapshot=snapshot)
    return snapshot


def launch(snapshot, *accounts, key=None) -> MarketTest:
    by = UserFactory(firm=snapshot.firm)
    return launch_market_test(snapshot=snapshot, accounts=accounts, launch_key=key or uuid4(), by=by)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


class TestLaunch:
    @pytest.mark.parametrize(("fields", "mandate", "words"), REFUSALS)
    def test_refused(self, snapshot, fields, mandate, words):
        account = real(snapshot.firm, **fields)
        if mandate:
            MandateFactory(client=snapshot.client, account=account, **{mandate: True})
        simulator = PartnerAccountFactory(firm=snapshot.firm)
        with pytest.raises(LaunchRefused) as refusal, transaction.atomic():
            launch(snapshot, simulator, account)
        assert plain(str(refusal.value)).startswith("Vrai Assureur : ")
        assert words in plain(str(refusal.value))
        assert not MarketTest.objects.exists()
        spent = account.lookup_spent
        account.refresh_from_db()
        assert account.lookup_spent == spent
        snapshot.refresh_from_db()
        assert snapshot.frozen_at is None

    @pytest.mark.parametrize(("fields", "mandate", "spent"), ALLOWED)
    def test_allowed(self, snapshot, fields, mandate, spent):
        account = real(snapshot.firm, **fields)
        if mandate:
            MandateFactory(client=snapshot.client, account=account, **{mandate: True})
        assert launch(snapshot, account).submissions.get().asked_count == 2
        account.refresh_from_db()
        assert str(account.lookup_spent) == spent

    def test_another_clients_mandate_is_nobodys_here(self, snapshot):
        account = real(snapshot.firm, live=True)
        MandateFactory(client=ClientFactory(firm=snapshot.firm), account=account, accepted=True)
        with pytest.raises(LaunchRefused, match="Il faut un mandat"):
            launch(snapshot, account)

    def test_a_double_click_pays_once(self, snapshot):
        account, key = real(snapshot.firm, live=True, **PAID), uuid4()
        MandateFactory(client=snapshot.client, account=account, accepted=True)
        by = UserFactory(firm=snapshot.firm)
        for _ in range(2):
            launch_market_test(snapshot=snapshot, accounts=[account], launch_key=key, by=by)
        account.refresh_from_db()
        assert account.lookup_spent == Decimal("5.00")

    def test_a_stale_account_cannot_spend_twice(self, snapshot):
        account = real(snapshot.firm, live=True, lookup_price=Decimal(1), lookup_budget=Decimal(3))
        MandateFactory(client=snapshot.client, account=account, accepted=True)
        launch(snapshot, account)
        assert account.lookup_spent == 0
        with pytest.raises(LaunchRefused, match="il en reste 1,00"):
            launch(snapshot, account)

    def test_an_end_stops_what_is_still_to_be_asked(self, snapshot):
        account, by = real(snapshot.firm, live=True), UserFactory(firm=snapshot.firm)
        MandateFactory(client=snapshot.client, account=account, accepted=True)
        neighbour = ExposureFactory(snapshot__client__firm=snapshot.firm).snapshot
        MandateFactory(client=neighbour.client, account=account, accepted=True)
        other = launch(neighbour, account).submissions.get()
        market_test = launch(snapshot, account)
        in_the_air = LimitIndication.objects.filter(submission__market_test=market_test).first()
        LimitIndication.objects.filter(pk=in_the_air.pk).update(state="sent")
        note_state(client=snapshot.client, account=account, state=FREE, by=by)
        submission = market_test.submissions.get()
        assert (submission.settled_count, submission.asked_count) == (1, 2)
        stopped = submission.indications.exclude(pk=in_the_air.pk).get()
        assert (stopped.state, stopped.message) == ("failed", "Le mandat a pris fin avant que la question parte.")
        in_the_air.refresh_from_db()
        assert (in_the_air.state, in_the_air.give_up_at is None) == ("sent", False)
        assert other.indications.get().state == "open"

    @pytest.mark.parametrize(
        ("valid_until", "now", "is_asked"),
        [
            pytest.param(date(2026, 1, 31), "2026-01-31 22:59:59+00", True, id="winter, before midnight in Paris"),
            pytest.param(date(2026, 1, 31), "2026-01-31 23:00:00+00", False, id="winter, midnight in Paris"),
            pytest.param(date(2026, 3, 31), "2026-03-31 21:59:59+00", True, id="summer, before midnight in Paris"),
            pytest.param(date(2026, 3, 31), "2026-03-31 22:00:00+00", False, id="summer, midnight in Paris"),
        ],
    )
    def test_a_last_day_that_goes_by_in_mid_run_ends_it_too(self, snapshot, valid_until, now, is_asked):
        account, holder = real(snapshot.firm, live=True), uuid4()
        mandate = MandateFactory(client=snapshot.client, account=account, accepted=True)
        submission = launch(snapshot, account).submissions.get()
        Mandate.objects.filter(pk=mandate.pk).update(signed_on=date(2026, 1, 1), valid_until=valid_until)
        LimitIndication.objects.update(next_call_at=datetime(2026, 1, 1, tzinfo=UTC))
        taken = submission.indications.first()
        LimitIndication.objects.filter(pk=taken.pk).update(state="waiting", ticket="job-1")
        set_the_databases_clock(now)
        assert lease.take_lease(account.pk, holder)
        put = {due.pk for due in store.claim_due(account.pk, holder, 10)}
        sweep_market_tests()
        (other,) = submission.indications.exclude(pk=taken.pk)
        assert put == ({taken.pk, other.pk} if is_asked else {taken.pk})
        ended = ("failed", "Le mandat a pris fin avant que la question parte.")
        assert (other.state, other.message) == (("sent", "") if is_asked else ended)
        submission.refresh_from_db()
        assert submission.settled_count == (0 if is_asked else 1)

    def test_one_in_the_air_at_midnight_is_not_put_again(self, snapshot):
        account = real(snapshot.firm, live=True)
        mandate = MandateFactory(client=snapshot.client, account=account, accepted=True)
        launch(snapshot, account)
        LimitIndication.objects.update(state="sent")
        Mandate.objects.filter(pk=mandate.pk).update(
            signed_on=TODAY - timedelta(days=9), valid_until=TODAY - timedelta(days=2)
        )
        sweep_market_tests()
        assert [row.give_up_at is None for row in LimitIndication.objects.all()] == [False, False]

    @pytest.mark.parametrize(("fields", "mandate", "words"), REFUSALS[:7])
    def test_nor_is_it_asked_again(self, fields, mandate, words):
        submission = asked(fields, mandate)
        with pytest.raises(LaunchRefused) as refusal:
            ask_again(submission=submission, by=UserFactory(firm=submission.firm))
        assert words in plain(str(refusal.value))
        assert LimitIndication.objects.get().state == "silent"

    def test_with_nothing_to_ask_again_nothing_is_refused(self):
        submission = asked({"live": False}, None)
        LimitIndication.objects.all().delete()
        assert ask_again(submission=submission, by=UserFactory(firm=submission.firm)) == 0


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_an_end_waits_for_a_launch_and_stops_what_it_asks(self, snapshot):
        account, by = real(snapshot.firm, live=True), UserFactory(firm=snapshot.firm)
        MandateFactory(client=snapshot.client, account=account, accepted=True)
        meanwhile(
            lambda: launch(snapshot, account),
            lambda: note_state(client=snapshot.client, account=account, state=FREE, by=by),
        )
        questions = LimitIndication.objects.values_list("state", "message")
        assert set(questions) == {("failed", "Le mandat a pris fin avant que la question parte.")}
        assert len(questions) == 2

    def test_a_launch_waits_for_an_end_and_is_refused(self, snapshot):
        account, by = real(snapshot.firm, live=True), UserFactory(firm=snapshot.firm)
        MandateFactory(client=snapshot.client, account=account, accepted=True)
        (refusal,) = meanwhile(
            lambda: note_state(client=snapshot.client, account=account, state=FREE, by=by),
            lambda: launch(snapshot, account),
        )
        assert "Il faut un mandat du client." in str(refusal)
        assert not LimitIndication.objects.exists()

    def test_two_launches_cannot_both_spend_the_last_look_ups(self, snapshot):
        account = real(snapshot.firm, live=True, lookup_price=Decimal(1), lookup_budget=Decimal(3))
        neighbour = ExposureFactory(snapshot__client__firm=snapshot.firm).snapshot
        ExposureFactory(snapshot=neighbour)
        for client in (snapshot.client, neighbour.client):
            MandateFactory(client=client, account=account, accepted=True)
        (refusal,) = meanwhile(lambda: launch(snapshot, account), lambda: launch(neighbour, account))
        assert "il en reste 1,00" in plain(str(refusal))
        account.refresh_from_db()
        assert account.lookup_spent == 2


def meanwhile(first: Callable, second: Callable) -> list[Refused]:
    """Does `second` in another transaction, begun while that of `first` is open; what it was refused."""
    refusals, backend = [], []

    def work() -> None:
        try:
            connection.ensure_connection()
            backend.append(connection.connection.info.backend_pid)
            second()
        except Refused as refusal:
            refusals.append(refusal)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    with transaction.atomic():
        first()
        thread.start()
        while thread.is_alive() and not _is_held_up(backend):
            thread.join(0.01)
    thread.join()
    return refusals


def _is_held_up(backend: list[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT bool_or(cardinality(pg_blocking_pids(pid)) > 0) FROM unnest(%s::int[]) pid", [backend])
        return bool(cursor.fetchone()[0])


def set_the_databases_clock(now: str) -> None:
    """For what is left of this test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql "
            f"AS $$ SELECT timestamptz '{now}' $$"
        )
        cursor.execute("SET LOCAL search_path TO public, pg_catalog")


def asked(fields, mandate):
    """A real insurer that stayed silent about one buyer."""
    submission = SubmissionFactory(market_test__client__name="Négoce Martin")
    account = real(submission.firm, **fields)
    submission.account, submission.sandbox = account, account.sandbox
    submission.save()
    LimitIndicationFactory(submission=submission, silent=True)
    if mandate:
        MandateFactory(client=submission.market_test.client, account=account, **{mandate: True})
    return submission


@pytest.fixture
def client_():
    return ClientFactory(name="Négoce Martin", firm__name="Cabinet Rivoli", firm__orias_number="12345678")


@pytest.fixture
def broker(client_):
    return UserFactory(firm=client_.firm)


@pytest.fixture
def pair(client_):
    """Two insurers of the firm."""
    return [PartnerAccountFactory(firm=client_.firm, name=name, sandbox=False) for name in ("Atradius", "Coface")]


def request(client, accounts, by, **changes) -> MandateDocument:
    return request_mandates(
        **{
            "client": client,
            "accounts": accounts,
            "scope": MandateScope.PLACEMENT,
            "valid_until": date(2030, 6, 30),
            "to": "helene@negoce.example",
            "message": "Bonjour,\n\nÀ signer : merci.",
            "request_key": uuid4(),
            "by": by,
            **changes,
        }
    )


def accept(client, accounts, by, **changes) -> None:
    terms = {"scope": MandateScope.PLACEMENT, "signed": None, **IN_FORCE}
    accept_mandates(**{"client": client, "accounts": accounts, "by": by, **terms, **changes})


class TestRequest:
    def test_prints_mails_and_moves(self, client_, pair, broker):
        letter = request(client_, pair, broker)
        content = bytes(letter.content)
        assert content.startswith(b"%PDF-")
        assert letter.sha256 == hashlib.sha256(content).hexdigest()
        mail = OutgoingMail.objects.get()
        assert letter.mail == mail
        assert (mail.to, mail.reply_to) == ("helene@negoce.example", broker.email)
        assert (bytes(mail.attachment), mail.attachment_name) == (content, "mandat-negoce-martin.pdf")
        assert plain(mail.body) == "Bonjour,\n\nÀ signer : merci."
        for mandate in Mandate.objects.all():
            assert (mandate.state, mandate.scope, mandate.valid_until, mandate.letter) == (
                REQUESTED, MandateScope.PLACEMENT, date(2030, 6, 30), letter
            )  # fmt: skip
            assert mandate.events.get().detail == "helene@negoce.example"
        assert Mandate.objects.count() == 2

    def test_each_insurer_has_its_own_page_and_learns_of_no_other(self, client_, pair, broker):
        letter = request(client_, pair, broker)
        pages = [plain(" ".join(p.extract_text().split())) for p in PdfReader(BytesIO(letter.content)).pages]
        assert len(pages) == 2
        for page, name, other in zip(pages, ("Atradius", "Coface"), ("Coface", "Atradius"), strict=True):
            assert name in page
            assert other not in page
            assert "Nous chargeons Cabinet Rivoli" in page
            assert "jusqu’au 30 juin 2030" in page
            assert "ORIAS n° 12345678" in page
            assert "fictives" not in page
        assert not check(letter.content).errors

    @pytest.mark.parametrize(
        ("scope", "words"),
        [
            (MandateScope.CONSULTATION, "de vous consulter en notre nom sur nos acheteurs et de recueillir"),
            (MandateScope.PLACEMENT, "de placer auprès de vous le contrat"),
            (MandateScope.MANAGEMENT, "Nous nommons Cabinet Rivoli courtier de notre contrat"),
        ],
    )
    def test_says_what_it_is_for(self, client_, pair, broker, scope, words):
        letter = request(client_, pair[:1], broker, scope=scope)
        (page,) = PdfReader(BytesIO(letter.content)).pages
        assert words in plain(" ".join(page.extract_text().split()))

    def test_a_simulated_insurer_makes_it_fictitious(self, client_, broker):
        letter = request(client_, [PartnerAccountFactory(firm=client_.firm)], broker)
        assert "Données fictives" in plain(PdfReader(BytesIO(letter.content)).pages[0].extract_text())

    def test_without_an_address_nothing_leaves(self, client_, pair, broker):
        letter = request(client_, pair, broker, to="")
        assert letter.mail is None
        assert not OutgoingMail.objects.exists()
        assert Mandate.objects.filter(status=REQUESTED).count() == 2

    def test_a_double_click_prints_and_mails_once(self, client_, pair, broker):
        key = uuid4()
        first = request(client_, pair, broker, request_key=key)
        assert request(client_, pair, broker, request_key=key) == first
        assert OutgoingMail.objects.count() == MandateDocument.objects.count() == 1

    def test_one_partner_that_cannot_be_asked_stops_all(self, client_, pair, broker):
        MandateFactory(client=client_, account=pair[1], accepted=True)
        with pytest.raises(MandateRefused, match="Coface"):
            request(client_, pair, broker)
        assert not Mandate.objects.filter(status=REQUESTED).exists()
        assert not OutgoingMail.objects.exists()
        assert not MandateDocument.objects.exists()

    def test_the_first_words_are_the_brokers(self, client_, broker):
        words = plain(write_request(client_, broker))
        assert words.startswith("Bonjour Hélène Valmorin,\n")
        assert "pour Négoce Martin, une lettre de mandat par assureur" in words
        assert "ORIAS n° 12345678" in words


class TestSignature:
    def test_opens_the_way(self, client_, pair, broker):
        request(client_, pair, broker)
        accept(client_, pair, broker, signed=("scan.pdf", "application/pdf", b"%PDF-signed"))
        for mandate in Mandate.objects.all():
            assert mandate.state == ACCEPTED
            assert (mandate.signed_on, mandate.valid_until) == (TODAY, TODAY + timedelta(days=365))
            assert bytes(mandate.signed.content) == b"%PDF-signed"
            assert mandate.signed.sha256 == hashlib.sha256(b"%PDF-signed").hexdigest()
            assert mandate.letter is not None
        assert MandateDocument.objects.filter(filename="scan.pdf").count() == 1

    def test_needs_no_letter_of_ours(self, client_, pair, broker):
        accept(client_, pair[:1], broker)
        assert Mandate.objects.get().state == ACCEPTED

    def test_a_renewal_keeps_both_signatures_in_the_story(self, client_, pair, broker):
        accept(client_, pair[:1], broker, valid_until=TODAY)
        accept(client_, pair[:1], broker)
        mandate = Mandate.objects.get()
        assert [event.to_status for event in mandate.events.all()] == [ACCEPTED, ACCEPTED]
        assert mandate.events.first().detail.endswith(f"jusqu’au {TODAY:%d/%m/%Y}")
        assert mandate.valid_until == TODAY + timedelta(days=365)

    def test_an_expired_one_is_asked_and_signed_anew(self, client_, pair, broker):
        MandateFactory(client=client_, account=pair[0], expired=True)
        request(client_, pair[:1], broker)
        mandate = Mandate.objects.get()
        assert (mandate.state, mandate.signed_on) == (REQUESTED, None)
        assert mandate.events.get().from_status == EXPIRED


class TestNotes:
    def test_a_free_partner_gets_its_first_row(self, client_, pair, broker):
        note_state(client=client_, account=pair[0], state=RESERVED, by=broker)
        assert [standing.state for standing in read_standings(client=client_, accounts=pair)] == [RESERVED, FREE]

    def test_an_abandoned_request_keeps_its_mail_here(self, client_, pair, broker):
        request(client_, pair, broker)
        note_state(client=client_, account=pair[0], state=FREE, by=broker)
        assert OutgoingMail.objects.get().status == MailStatus.PENDING
        note_state(client=client_, account=pair[1], state=RESERVED, by=broker)
        mail = OutgoingMail.objects.get()
        assert mail.status == MailStatus.CANCELLED
        assert "abandonnée" in mail.error

    def test_an_ended_mandate_leaves_nothing_in_force(self, client_, pair, broker):
        accept(client_, pair[:1], broker)
        note_state(client=client_, account=pair[0], state=FREE, by=broker)
        mandate = Mandate.objects.get()
        assert (mandate.state, mandate.valid_until, mandate.signed) == (FREE, None, None)
        assert mandate.events.count() == 2


def test_standings_are_one_query_for_any_number_of_partners(client_, django_assert_num_queries):
    for trait in ("accepted", "requested", "expired", "reserved"):
        MandateFactory(client=client_, **{trait: True})
    accounts = list(PartnerAccount.objects.all())
    with django_assert_num_queries(1):
        standings = read_standings(client=client_, accounts=accounts, asked_count=17)
        assert {str(standing.state) for standing in standings} == {"accepted", "requested", "expired", "reserved"}
