from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import openpyxl
import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clients.models import Client
from factortaboite.mail.models import MailStatus, OutgoingMail
from quotes.enums import IndicationState
from quotes.models import LimitIndication, PartnerAccount, Submission
from quotes.partners.base import Answer
from quotes.services.answers import AnswersRefused, record_answers, request_file, send_request
from quotes.services.market_tests import compare, launch_market_test
from quotes.vocabulary import Decision, Reason
from tests.screens import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, broker):
    client.force_login(broker)
    return client


@pytest.fixture
def submission(firm, snapshot, broker) -> Submission:
    """Insurer D, asked by mail about the demo's 17 buyers."""
    accounts = PartnerAccount.objects.filter(firm=firm, code="d")
    return launch_market_test(snapshot=snapshot, accounts=accounts, launch_key=uuid4(), by=broker).submissions.get()


def row_of(submission: Submission, name: str) -> LimitIndication:
    return submission.indications.get(exposure__name__startswith=name)


def answer_of(row: LimitIndication, permanent: int, **more) -> Answer:
    decision = Decision.GRANTED if permanent >= row.requested else Decision.PARTIAL
    answer = Answer(decision if permanent else Decision.REFUSED, row.requested, Decimal(permanent), raw=b"50 k")
    return replace(answer, **more)


def counters(submission: Submission) -> tuple[int, bool]:
    """The settled count, which must be the rows' own, and whether the submission has ended."""
    submission.refresh_from_db()
    assert submission.settled_count == submission.indications.settled().count()
    return submission.settled_count, submission.ended_at is not None


# --- Storing ---------------------------------------------------------------------------------------------------------


def test_an_answer_is_stored_with_its_proof_and_its_author(submission, broker):
    row = row_of(submission, "Garonnel")
    answer = answer_of(
        row,
        20_000,
        temporary=Decimal(30_000),
        temporary_until=date(2026, 12, 31),
        conditions=("bilan 2026",),
        reasons=(Reason.SMALL_BUSINESS,),
    )
    assert record_answers(submission=submission, answers={row.pk: answer}, by=broker) == 1
    row.refresh_from_db()
    assert (row.state, row.decision, row.permanent, row.temporary) == ("answered", "partial", 20_000, 30_000)
    assert (row.asked, row.temporary_until, row.preliminary) == (50_000, date(2026, 12, 31), True)
    assert (row.conditions, row.reasons, bytes(row.raw)) == (["bilan 2026"], ["small_business"], b"50 k")
    assert row.typed_by == broker
    assert row.settled_at is not None
    assert counters(submission) == (1, False)
    assert submission.first_answer_at == submission.last_answer_at is not None


def test_an_answer_typed_over_is_counted_once(submission, broker):
    row = row_of(submission, "Garonnel")
    for permanent in (50_000, 0):
        record_answers(submission=submission, answers={row.pk: answer_of(row, permanent)}, by=broker)
    row.refresh_from_db()
    assert (row.decision, row.permanent) == ("refused", 0)
    assert counters(submission) == (1, False)


def test_the_last_answer_ends_the_submission_and_a_correction_leaves_the_end_alone(submission, broker):
    rows = list(submission.indications.all())
    record_answers(submission=submission, answers={row.pk: answer_of(row, 1000) for row in rows[:-1]}, by=broker)
    assert counters(submission) == (16, False)
    record_answers(submission=submission, answers={rows[-1].pk: None}, by=broker)
    assert counters(submission) == (17, True)
    ended_at = submission.ended_at
    record_answers(submission=submission, answers={rows[0].pk: answer_of(rows[0], 0)}, by=broker)
    assert counters(submission) == (17, True)
    assert submission.ended_at == ended_at


def test_no_reply_is_not_a_refusal(submission, broker):
    row = row_of(submission, "Garonnel")
    record_answers(submission=submission, answers={row.pk: answer_of(row, 50_000)}, by=broker)
    record_answers(submission=submission, answers={row.pk: None}, by=broker)
    row.refresh_from_db()
    assert (row.state, row.decision, row.permanent, bytes(row.raw)) == (IndicationState.SILENT, "", None, b"")
    (result,) = compare(submission.market_test).partners
    assert (result.refused, result.no_answer) == (0, 17)


def test_a_partner_asked_by_machine_answers_for_itself(market_test, broker):
    submission = market_test.submissions.first()
    row = submission.indications.first()
    with pytest.raises(AnswersRefused, match="par son interface"):
        record_answers(submission=submission, answers={row.pk: answer_of(row, 1000)}, by=broker)
    row.refresh_from_db()
    assert row.state == IndicationState.OPEN


def test_an_answer_about_another_partners_question_is_refused(submission, market_test, broker):
    row = LimitIndication.objects.filter(submission__market_test=market_test).first()
    with pytest.raises(AnswersRefused, match="aucun des acheteurs"):
        record_answers(submission=submission, answers={row.pk: answer_of(row, 1000)}, by=broker)
    assert counters(submission) == (0, False)


# --- Asking ----------------------------------------------------------------------------------------------------------


def test_the_request_lists_every_buyer_with_its_amount(submission):
    name, content = request_file(submission)
    assert name == f"demande-{submission.pk}.xlsx"
    lines = list(openpyxl.load_workbook(BytesIO(content)).active.iter_rows(values_only=True))
    asked = {line[1]: line[4] for line in lines if line[0] and line[0] in references(submission)}
    assert len(asked) == 17
    assert asked["Halbronne Promotion"] == 300_000
    assert any("Valmorin Négoce SAS" in str(line[0]) for line in lines)


def references(submission: Submission) -> set[str]:
    return set(submission.indications.values_list("reference", flat=True))


def test_the_request_leaves_by_mail_with_its_spreadsheet(desk, submission, broker):
    answer = desk.post(reverse("quotes:submission_send", args=[submission.pk]), follow=True)
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.reply_to, mail.status) == (
        "souscription@assureur-d.example",
        broker.email,
        MailStatus.PENDING,
    )
    assert mail.attachment_name == f"demande-{submission.pk}.xlsx"
    assert openpyxl.load_workbook(BytesIO(bytes(mail.attachment))).active.max_row > 17
    assert "les données sont fictives" in mail.body
    assert "ses 17 principaux acheteurs" in mail.body
    assert "ORIAS n° 00000000" in mail.body
    submission.refresh_from_db()
    assert submission.request_mail == mail
    assert "demande à souscription@assureur-d.example : à envoyer" in text_of(answer)
    assert "Renvoyer la demande" in text_of(answer)


def test_a_request_about_one_buyer_speaks_of_one(submission, broker):
    Submission.objects.update(asked_count=1)
    body = send_request(submission=Submission.objects.get(), by=broker).body
    assert "l’acheteur à étudier, avec le montant HT demandé." in body
    assert "acheteurs" not in body


def test_a_client_with_the_longest_name_fits_the_subject(desk, submission):
    Client.objects.update(name="é" * 200)
    desk.post(reverse("quotes:submission_send", args=[submission.pk]))
    assert len(OutgoingMail.objects.get().subject) == 200


def test_a_request_on_its_way_is_not_sent_twice(desk, submission):
    for _ in range(2):
        answer = desk.post(reverse("quotes:submission_send", args=[submission.pk]), follow=True)
    assert "La demande est déjà en route." in text_of(answer)
    OutgoingMail.objects.update(status=MailStatus.SENT)
    desk.post(reverse("quotes:submission_send", args=[submission.pk]))
    assert OutgoingMail.objects.count() == 2


def test_without_an_address_nothing_leaves(submission, broker):
    submission.account.contact_email = ""
    submission.account.save()
    with pytest.raises(AnswersRefused, match="e-mail du souscripteur"):
        send_request(submission=submission, by=broker)
    assert not OutgoingMail.objects.exists()


# --- Reading on screen -----------------------------------------------------------------------------------------------


class AnswersPage:
    """The page of answers as a broker uses it: what is typed stays typed, what is hidden travels along."""

    def __init__(self, browser, submission: Submission) -> None:
        self.browser = browser
        self.address = reverse("quotes:submission_answers", args=[submission.pk])
        self.response = browser.get(self.address)

    def send(self, **fields):
        form = BeautifulSoup(self.response.content, "html.parser").find(id="answers-form")
        kept = {
            field["name"]: field.get("value", "")
            for field in form.select("input[name]")
            if field.get("type") not in ("file", "radio") or field.has_attr("checked")
        }
        kept |= {area["name"]: area.get_text().removeprefix("\n") for area in form.select("textarea[name]")}
        self.response = self.browser.post(self.address, kept | fields)
        return self.response

    def understood(self, row: LimitIndication) -> str:
        cell = BeautifulSoup(self.response.content, "html.parser").find(id=f"understood-{row.pk}")
        return " ".join(cell.get_text(" ").split())


@pytest.fixture
def page(desk, submission) -> AnswersPage:
    return AnswersPage(desk, submission)


def test_a_paste_is_shown_as_understood_then_stored_once_confirmed(page, submission, broker):
    garonnel, ferroval = row_of(submission, "Garonnel"), row_of(submission, "Ferroval")
    page.send(unit="kEUR", pasted="Garonnel\t50 dont 30 temp. jusqu'au 31/12/2026\nFerroval\tNC\n")
    assert page.understood(garonnel) == "50 000 € · dont 30 000 € jusqu’au 31/12/2026"
    assert page.understood(ferroval) == "refusé"
    assert counters(submission) == (0, False)
    assert page.send().url == reverse("quotes:market_test_detail", args=[submission.market_test_id])
    garonnel.refresh_from_db()
    assert (garonnel.permanent, garonnel.temporary) == (20_000, 30_000)
    assert bytes(garonnel.raw) == b"50 dont 30 temp. jusqu'au 31/12/2026"
    assert garonnel.typed_by == broker
    assert counters(submission) == (2, False)


def test_what_the_broker_corrects_after_a_paste_is_what_counts(page, submission):
    garonnel = row_of(submission, "Garonnel")
    page.send(unit="kEUR", pasted="Garonnel\t5000\n")
    assert "est-ce plutôt" in page.understood(garonnel)
    page.send(**{f"answer-{garonnel.pk}": "50"})
    assert page.understood(garonnel) == "50 000 €"
    page.send()
    garonnel.refresh_from_db()
    assert garonnel.permanent == 50_000


def test_the_unit_is_a_choice_somebody_makes(page, submission):
    garonnel = row_of(submission, "Garonnel")
    answer = page.send(**{f"answer-{garonnel.pk}": "50"})
    assert answer.status_code == 422
    assert "Dites si les montants sont en euros ou en milliers d’euros." in text_of(answer)
    page.send(unit="EUR")
    assert "est-ce plutôt 50 000 €" in page.understood(garonnel)
    page.send(unit="kEUR")
    assert page.understood(garonnel) == "50 000 €"


def test_what_is_ambiguous_comes_back_as_a_question_and_nothing_is_stored(page, submission):
    garonnel, ferroval = row_of(submission, "Garonnel"), row_of(submission, "Ferroval")
    page.send(unit="kEUR", **{f"answer-{garonnel.pk}": "peut-être", f"answer-{ferroval.pk}": "OK"})
    assert "quel montant" in page.understood(garonnel)
    assert page.understood(ferroval) == "30 000 €"
    page.send()
    assert counters(submission) == (0, False)
    page.send(**{f"answer-{garonnel.pk}": "sans réponse"})
    page.send()
    garonnel.refresh_from_db()
    assert garonnel.state == IndicationState.SILENT
    assert counters(submission) == (2, False)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"unit": "EUR"}, id="the unit"),
        pytest.param({"text": "300"}, id="a text"),
    ],
)
def test_what_changed_since_it_was_shown_is_shown_again(page, submission, change):
    halbronne = row_of(submission, "Halbronne")
    field = f"answer-{halbronne.pk}"
    page.send(unit="kEUR", **{field: "200"})
    changed = {field: change.get("text", "200"), "unit": change.get("unit", "kEUR")}
    answer = page.send(**changed)
    assert answer.status_code == 200
    assert counters(submission) == (0, False)


def test_our_own_file_comes_back_filled_in(page, submission):
    book = openpyxl.load_workbook(BytesIO(request_file(submission)[1]))
    for line in book.active.iter_rows():
        if line[1].value == "Garonnel":
            line[5].value, line[6].value, line[7].value = 40.5, "k€", "bilan attendu"
        if line[1].value == "Ferroval":
            line[5].value = "OK"
    output = BytesIO()
    book.save(output)
    garonnel, ferroval = row_of(submission, "Garonnel"), row_of(submission, "Ferroval")
    page.send(unit="EUR", file=SimpleUploadedFile("réponse.xlsx", output.getvalue()))
    assert page.understood(garonnel) == "40 500 € · bilan attendu"
    assert page.understood(ferroval) == "30 000 €"
    assert page.send().status_code == 302
    garonnel.refresh_from_db()
    assert (garonnel.permanent, garonnel.conditions) == (40_500, ["bilan attendu"])
    assert counters(submission) == (2, False)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"%PDF-1.7", "Ce fichier est un PDF", id="pdf"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "abîmé", id="xls"),
        pytest.param(b"a" * 2_000_001, "dépasse 2 Mo", id="too big"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(page, content, said):
    answer = page.send(unit="EUR", file=SimpleUploadedFile("réponse.xlsx", content))
    assert answer.status_code == 422
    assert said in text_of(answer)


@pytest.mark.parametrize(
    "written", ["9" * 40, "9" * 5000, "ok sous réserve de \x00", "50 dont 30 temp. jusqu’au 31/12/0001"]
)
def test_absurd_answers_are_asked_back_or_stored(page, submission, written):
    garonnel = row_of(submission, "Garonnel")
    assert page.send(unit="kEUR", **{f"answer-{garonnel.pk}": written}).status_code == 200
    assert page.send().status_code in (200, 302)


def test_many_more_lines_than_buyers_are_refused(page):
    answer = page.send(unit="EUR", pasted="a\tb\n" * 2000)
    assert answer.status_code == 422
    assert "bien plus de lignes que d’acheteurs" in text_of(answer)


def test_a_line_without_its_buyer_is_said_and_left_aside(page, submission):
    page.send(unit="kEUR", pasted="Garonnel\t50\nInconnu & Fils\t12\n")
    text = text_of(page.response)
    assert "1 ligne sans acheteur" in text
    assert "Ligne 2" in text
    assert "Inconnu & Fils" in text
    page.send()
    assert counters(submission) == (1, False)


def test_a_source_that_was_tampered_with_is_not_believed(page, submission):
    page.send(unit="kEUR", pasted="Garonnel\t50\n")
    answer = page.send(source="anything:else")
    assert answer.status_code == 422
    assert counters(submission) == (0, False)


def test_stored_answers_are_shown_and_corrected_from_the_same_page(page, desk, submission):
    garonnel = row_of(submission, "Garonnel")
    page.send(unit="kEUR", **{f"answer-{garonnel.pk}": "50"})
    page.send()
    again = AnswersPage(desk, submission)
    assert again.understood(garonnel) == "enregistré : 50 000 €"
    again.send(unit="kEUR", **{f"answer-{garonnel.pk}": "NC"})
    again.send()
    garonnel.refresh_from_db()
    assert garonnel.decision == "refused"
    assert counters(submission) == (1, False)


def test_a_partner_asked_by_machine_has_no_answers_page(desk, market_test):
    submission = market_test.submissions.first()
    assert desk.get(reverse("quotes:submission_answers", args=[submission.pk])).status_code == 404
