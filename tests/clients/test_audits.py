"""The client's audit on paper: three pages, laid out once by a worker, kept with their fingerprint."""

import hashlib
import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from outloud import check
from pypdf import PdfReader

from clients.models import JournalEntry, RiskAudit, RiskSnapshot
from clients.models.audit import MAX_RENDER_ATTEMPTS
from clients.services import audits
from clients.services.audits import prepare_audit, render_audit, sweep_audits
from tests.factories import ClientFactory, ExposureFactory, PortfolioFileFactory, RiskSnapshotFactory, UserFactory
from tests.screens import part_of, text_of

pytestmark = pytest.mark.django_db


def pages_of(audit: RiskAudit) -> list[str]:
    reader = PdfReader(BytesIO(bytes(audit.content)))
    spaces = str.maketrans("\u202f\xa0", "  ")
    return [re.sub(r"\s+", " ", page.extract_text().translate(spaces)) for page in reader.pages]


def rendered(snapshot: RiskSnapshot, by) -> RiskAudit:
    audit = prepare_audit(snapshot, by=by)
    render_audit(audit.pk)
    audit.refresh_from_db()
    return audit


@pytest.fixture
def valmorin(user) -> RiskSnapshot:
    """The demonstration's list with its figures, and balances by age beside."""
    user.firm.is_demonstration = True
    user.firm.orias_number = "00000000"
    user.firm.save()
    file = PortfolioFileFactory(
        client=ClientFactory(firm=user.firm, name="Valmorin Négoce SAS"), uploaded_by=user, read=True
    )
    snapshot = file.snapshot
    RiskSnapshot.objects.filter(pk=snapshot.pk).update(
        total_turnover=6_600_000,
        private_persons_turnover=120_000,
        public_bodies_turnover=180_000,
        procedure_turnover=220_000,
        cash_turnover=80_000,
        export_turnover=300_000,
        loss_two_years_ago=17_000,
        loss_last_year=7_000,
        margin_rate=Decimal("0.05"),
        ageing_from=[0, 1, 31, 61, 91],
        confirmed_at=timezone.now(),
    )
    snapshot.exposures.update(ageing=[40_000, 5_000, 3_000, 1_000, 1_000], postcode="76000")
    snapshot.refresh_from_db()
    return snapshot


def test_three_pages_say_what_the_list_says(valmorin, user):
    audit = rendered(valmorin, user)
    cover, risk, terms = pages_of(audit)
    assert "Valmorin Négoce SAS" in cover
    assert "60,3 % sur cinq acheteurs" in cover
    assert "67 jours au plus" in cover
    assert "20,0 % échus" in cover
    assert "340 000 € de ventes" in cover
    assert "Demander un test à blanc" in cover
    assert "1 Halbronne Promotion 1 500 000 € 25,0 % 25,0 %" in risk
    assert "2 Centrale Ostrevan 900 000 € 15,0 % 40,0 %" in risk
    assert "20,0 % de vos encours sont échus" in risk
    assert "60 jours après la date de la facture" in terms
    assert "Menuiserie Crozelat procédure collective" in terms
    assert "Halbronne Promotion ne paie plus 300 000 € 6 000 000 €" in terms
    assert "Seine-Maritime" in terms
    assert "valmorin-balance-agee.csv" in terms


def test_every_page_says_who_writes_and_that_it_is_fictitious(valmorin, user):
    for number, page in enumerate(pages_of(rendered(valmorin, user)), start=1):
        assert "Données fictives" in page
        assert f"{user.firm.name} · ORIAS n° 00000000" in page
        assert f"page {number} / 3" in page


@pytest.fixture
def bare(user) -> RiskSnapshot:
    """Names and nothing else."""
    snapshot = RiskSnapshotFactory(client__firm=user.firm)
    ExposureFactory.create_batch(2, snapshot=snapshot, outstanding=None, turnover=None, terms_days=None)
    return snapshot


def test_a_list_that_says_nothing_still_makes_three_pages_that_say_so(bare, user):
    cover, risk, terms = pages_of(rendered(bare, user))
    assert cover.count("à compléter") == 4
    assert "ni chiffre d’affaires ni encours" in risk
    assert "ne dit pas depuis quand les encours sont échus" in risk
    assert "Votre liste ne donne pas les délais" in terms
    assert "n’ont pas encore été vérifiés aux registres" in terms
    assert "fictives" not in cover


def test_long_names_and_many_lines_stay_on_three_pages(user):
    firm = user.firm
    firm.address = "Zone d’activités de la Grande Plaine des Tilleuls\nBâtiment C, deuxième étage\n69000 Lyon"
    firm.legal_form, firm.siren, firm.orias_number = (
        "société par actions simplifiée au capital de 100 000 €",
        "1" * 9,
        "1",
    )
    firm.orias_categories = firm.professional_body = "courtier d’assurance et intermédiaire en opérations de banque"
    firm.save()
    snapshot = RiskSnapshotFactory(
        client=ClientFactory(firm=firm, name="N" * 80, address="a\nb\nc\nd"),
        margin_rate=Decimal("0.012"),
        loss_last_year=99_999,
        ageing_from=[0, 1, 16, 31, 61, 91, 121],
    )
    for rank in range(30):
        ExposureFactory(
            snapshot=snapshot,
            name=f"Établissements Quincaillerie et Matériaux de la Vallée {rank}",
            turnover=999_999_999 if rank == 0 else 9_999_999 - rank,
            outstanding=4_999_999,
            terms_days=90,
            postcode=f"{10 + rank}000",
            ageing=[1_000_000, 999_999, 1_000_000, 1_000_000, 333_333, 333_333, 333_334],
            set_aside="collective_procedure" if rank > 22 else "",
        )
    assert len(pages_of(rendered(snapshot, user))) == 3


@pytest.mark.parametrize("which", ["valmorin", "bare"])
def test_everybody_can_read_it(which, request, user, tmp_path):
    """PDF/UA-1 and WCAG, as outloud checks them."""
    audit = rendered(request.getfixturevalue(which), user)
    path = tmp_path / "audit.pdf"
    path.write_bytes(bytes(audit.content))
    result = check(str(path))
    assert result.error is None
    assert [finding for finding in result.findings if finding.severity == "error"] == []
    assert result.stats["tagged"]


def test_it_is_laid_out_once_and_kept_with_its_fingerprint(bare, user, monkeypatch):
    audit = rendered(bare, user)
    assert audit.sha256 == hashlib.sha256(bytes(audit.content)).hexdigest()
    first = bytes(audit.content)
    bare.exposures.update(name="Changé depuis")
    render_audit(audit.pk)
    audit.refresh_from_db()
    assert bytes(audit.content) == first
    assert audit.render_attempts == 1


def test_a_double_click_asks_once_and_the_journal_says_so(bare, user):
    assert prepare_audit(bare, by=user) == prepare_audit(bare, by=user)
    assert JournalEntry.objects.get().sentence.startswith("Audit risque-client préparé sur la photographie du")


def test_a_worker_is_woken_after_the_commit(bare, user, monkeypatch, django_capture_on_commit_callbacks):
    woken = []
    monkeypatch.setattr("factortaboite.enqueue.enqueue", lambda *args: woken.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        audit = prepare_audit(bare, by=user)
    assert woken == [("clients.tasks.render_audit_task", audit.pk)]


def test_what_was_left_behind_is_taken_up_until_its_tries_are_used_up(bare, user, monkeypatch):
    woken = []
    monkeypatch.setattr(audits, "enqueue", lambda *args: woken.append(args))
    audit = prepare_audit(bare, by=user)
    sweep_audits()
    assert woken == []
    RiskAudit.objects.update(next_render_at=timezone.now() - timedelta(seconds=1))
    sweep_audits()
    sweep_audits()
    assert woken == [("clients.tasks.render_audit_task", audit.pk)]
    RiskAudit.objects.update(render_attempts=MAX_RENDER_ATTEMPTS, next_render_at=timezone.now() - timedelta(seconds=1))
    sweep_audits()
    assert len(woken) == 1
    audit.refresh_from_db()
    assert audit.failed


def test_the_third_try_counts(bare, user):
    audit = prepare_audit(bare, by=user)
    RiskAudit.objects.update(render_attempts=MAX_RENDER_ATTEMPTS - 1)
    render_audit(audit.pk)
    audit.refresh_from_db()
    assert audit.is_ready


def test_the_button_the_waiting_and_the_paper(browser, bare, monkeypatch):
    monkeypatch.setattr("factortaboite.enqueue.enqueue", lambda *args: None)
    page = browser.post(reverse("clients:audit_create", args=[bare.pk]), follow=True)
    status = reverse("clients:audit_status", args=[bare.pk])
    assert part_of(page, "#audit-status")["hx-get"] == status
    assert "L’audit se met en page" in text_of(page)
    audit = RiskAudit.objects.get()
    address = reverse("clients:audit_pdf", args=[audit.pk])
    assert browser.get(address).status_code == 404
    render_audit(audit.pk)
    fragment = part_of(browser.get(status), "#audit-status")
    assert not fragment.has_attr("hx-get")
    assert fragment.select_one("a.primary")["href"] == address
    response = browser.get(address)
    audit.refresh_from_db()
    assert response.content == bytes(audit.content)
    assert response["Content-Type"] == "application/pdf"
    assert audit.filename in response["Content-Disposition"]


def test_an_audit_that_fails_three_times_says_so(browser, bare, user):
    prepare_audit(bare, by=user)
    RiskAudit.objects.update(render_attempts=MAX_RENDER_ATTEMPTS, next_render_at=timezone.now() - timedelta(seconds=1))
    text = text_of(browser.get(reverse("clients:analysis_detail", args=[bare.pk])))
    assert "mise en page impossible" in text
    assert "Refaire l’audit" in text


def test_other_firms_and_readers(stranger_browser, reader_browser, bare, user):
    audit = rendered(bare, user)
    assert stranger_browser.get(reverse("clients:audit_pdf", args=[audit.pk])).status_code == 404
    assert stranger_browser.post(reverse("clients:audit_create", args=[bare.pk])).status_code == 404
    assert reader_browser.get(reverse("clients:audit_pdf", args=[audit.pk])).status_code == 200
    assert reader_browser.post(reverse("clients:audit_create", args=[bare.pk])).status_code == 403


def test_a_name_that_holds_markup_is_only_a_name(bare, user):
    bare.exposures.update(name="<img src='http://x.test/'>", turnover=1000)
    bare.client.name = "<script>alert(1)</script>"
    bare.client.save()
    audit = rendered(bare, UserFactory(firm=user.firm))
    assert "<script>alert(1)</script>" in pages_of(audit)[0]
