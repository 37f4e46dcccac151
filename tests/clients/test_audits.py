"""The client's audit on paper: three pages, laid out once by a worker, kept with their fingerprint."""

import hashlib
import re
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag
from django.urls import reverse
from django.utils import timezone
from outloud import check
from pypdf import PdfReader

from clients.models import EventKind, JournalEntry, RiskAudit, RiskSnapshot
from clients.models.audit import MAX_RENDER_ATTEMPTS
from clients.services import audits
from clients.services.audits import prepare_audit, render_audit, sweep_audits
from tests.factories import (
    ClientFactory,
    CompanyEventFactory,
    ExposureFactory,
    PortfolioFileFactory,
    RiskSnapshotFactory,
    UserFactory,
)
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
def unlaid(monkeypatch):
    """What the paper says, without the second that its layout takes."""
    monkeypatch.setattr(audits, "render_pdf", lambda html, also: html.encode())


def is_readable_by_all(audit: RiskAudit, tmp_path) -> bool:
    """PDF/UA-1 and WCAG, as outloud checks them."""
    path = tmp_path / "audit.pdf"
    path.write_bytes(bytes(audit.content))
    result = check(str(path))
    errors = [finding for finding in result.findings if finding.severity == "error"]
    return (result.error, errors, result.stats["tagged"]) == (None, [], True)


def earlier_list(snapshot: RiskSnapshot, *buyers: dict) -> RiskSnapshot:
    """The client's list of a month before."""
    former = RiskSnapshotFactory(client=snapshot.client, confirmed_at=snapshot.confirmed_at - timedelta(days=30))
    RiskSnapshot.objects.filter(pk=former.pk).update(taken_on=snapshot.taken_on - timedelta(days=30))
    for buyer in buyers:
        ExposureFactory(snapshot=former, **buyer)
    return former


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


@pytest.fixture
def former(valmorin) -> RiskSnapshot:
    """Halbronne owed 300 000 instead of 360 000, and somebody left: 330 000 € in all, that are 1 378 000 now."""
    halbronne = valmorin.exposures.get(name="Halbronne Promotion")
    return earlier_list(
        valmorin,
        {"id_value": halbronne.id_value, "name": "HALBRONNE", "peak": 300_000, "outstanding": None},
        {"name": "Bardolin", "peak": 30_000, "outstanding": None},
    )


def test_three_pages_say_what_the_list_says(valmorin, former, user, tmp_path):
    audit = rendered(valmorin, user)
    pages = cover, risk, terms = pages_of(audit)
    assert "Valmorin Négoce SAS" in cover
    assert "60,3 % sur cinq acheteurs" in cover
    assert "67 jours au plus" in cover
    assert "20,0 % échus" in cover
    assert "340 000 € de ventes" in cover
    assert "Demander un test à blanc" in cover
    assert "1 Halbronne Promotion 1 500 000 € 25,0 % 25,0 %" in risk
    assert "2 Centrale Ostrevan 900 000 € 15,0 % 40,0 %" in risk
    assert "20,0 % de vos encours sont échus" in risk
    assert "Encours maximum TTC : +317,6 % depuis le" in risk
    assert "2 330 000 €" in risk  # before
    assert "Nouveaux 18 +1 018 000 €" in risk
    assert "En hausse 1 +60 000 €" in risk
    assert "Partis 1 −30 000 €" in risk
    assert "19 1 378 000 €" in risk  # after
    assert "La plus forte hausse, +60 000 € : Halbronne Promotion" in risk
    assert "60 jours après la date de la facture" in terms
    assert "Menuiserie Crozelat procédure collective" in terms
    assert "Halbronne Promotion ne paie plus 300 000 € 6 000 000 €" in terms
    assert "Seine-Maritime" in terms
    assert "valmorin-balance-agee.csv" in terms
    for number, page in enumerate(pages, start=1):
        assert "Données fictives" in page
        assert f"{user.firm.name} · ORIAS n° 00000000" in page
        assert f"page {number} / 3" in page
    assert is_readable_by_all(audit, tmp_path)


def drawings(html: str) -> list[list[tuple]]:
    """What each SVG of a page or a paper draws: its shapes, by class and geometry."""
    geometry = ("class", "d", "x", "y", "width", "cx", "cy")
    inside = [unquote(found) for found in re.findall(r"data:image/svg\+xml,([^\"']+)", html)]
    svgs = inside or [str(svg) for svg in BeautifulSoup(html, "html.parser").select("svg.chart, svg.bar")]
    return [
        [
            tuple(str(shape.get(name)) for name in geometry)
            for shape in BeautifulSoup(svg, "html.parser").select("path, rect, circle")
            if isinstance(shape, Tag)
        ]
        for svg in svgs
    ]


def test_page_and_paper_draw_the_same(browser, valmorin, former, user, unlaid):
    """The curve, the largest buyers, the ageing, the evolution and the map, as one template each makes them."""
    page = browser.get(reverse("clients:analysis_detail", args=[valmorin.pk])).content.decode()
    page += browser.get(reverse("clients:analysis_evolution", args=[valmorin.pk])).content.decode()
    shown = drawings(page)
    printed = drawings(bytes(rendered(valmorin, user).content).decode())
    assert len(printed) == 1 + 17 + 1 + 6 + 1 + 2  # the last: Seine-Maritime and Germany
    assert sorted(printed) == sorted(shown)


@pytest.fixture
def bare(user) -> RiskSnapshot:
    """Names and nothing else."""
    snapshot = RiskSnapshotFactory(client__firm=user.firm)
    ExposureFactory.create_batch(2, snapshot=snapshot, outstanding=None, turnover=None, terms_days=None)
    return snapshot


def test_a_list_that_says_nothing_still_makes_three_pages_that_say_so(bare, user, tmp_path):
    audit = rendered(bare, user)
    cover, risk, terms = pages_of(audit)
    assert cover.count("à compléter") == 4
    assert "ni chiffre d’affaires ni encours" in risk
    assert "ne dit pas depuis quand les encours sont échus" in risk
    assert "C’est la première photographie de vos risques" in risk
    assert "Votre liste ne donne pas les délais" in terms
    assert "n’ont pas encore été vérifiés aux registres" in terms
    assert "fictives" not in cover
    assert is_readable_by_all(audit, tmp_path)


def test_the_longest_of_everything_stays_on_three_pages(user):
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
        ageing_from=[0, 1, 16, 31, 61, 91, 121, 151],
    )
    snapshot.taken_on = date(2026, 10, 30)  # « depuis le 30 septembre 2026 »: the longest heading
    snapshot.save(update_fields=["taken_on"])
    for rank in range(30):
        exposure = ExposureFactory(
            snapshot=snapshot,
            identified=rank < 5,
            name=f"{'ÉTABLISSEMENTS WAGNER-WURMSER ' * 4}{rank}",
            turnover=999_999_999 if rank == 0 else 9_999_999 - rank,
            outstanding=4_999_999,
            terms_days=90,
            postcode=f"{10 + rank}000",
            ageing=[1_000_000, 999_999, 1_000_000, 1_000_000, 333_333, 333_333, 111_111, 222_223],
            set_aside="collective_procedure" if rank > 22 else "",
        )
        if rank < 5:
            CompanyEventFactory(company=exposure.company, kind=EventKind.CONTINUATION_PLAN)
    grown = snapshot.exposures.exclude(id_value="").first()
    earlier_list(
        snapshot,
        {"name": "W" * 90, "outstanding": 4_999_999},
        {"name": "M" * 90, "outstanding": 99_999_999},
        {"name": grown.name, "id_value": grown.id_value, "outstanding": 1},
    )
    pages = pages_of(rendered(snapshot, user))
    assert len(pages) == 3
    assert "Échu depuis plus de 90 jours" in pages[1]
    assert "La plus forte hausse" in pages[1] and "Le plus gros nouveau" in pages[1]
    assert "plan de sauvegarde ou de redressement" in pages[2]


def test_one_buyer_is_not_five(user, unlaid):
    snapshot = RiskSnapshotFactory(client__firm=user.firm)
    ExposureFactory(snapshot=snapshot, turnover=120_000)
    html = bytes(rendered(snapshot, user).content).decode()
    assert "sur un acheteur" in html
    assert "votre plus gros acheteur" in html
    for absurd in ("cinq", "dix plus gros", "1 acheteurs"):
        assert absurd not in html


def test_two_lists_without_a_common_amount_are_not_compared(bare, user, unlaid):
    earlier_list(bare, {"outstanding": 100})
    html = bytes(rendered(bare, user).content).decode()
    assert "n’ont aucun montant de même nature" in html


def test_it_is_laid_out_once_and_kept_with_its_fingerprint(bare, user, unlaid):
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
    monkeypatch.setattr("factortaboite.enqueue.enqueue", lambda *args: woken.append(args))
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


def test_the_third_try_counts(bare, user, unlaid):
    audit = prepare_audit(bare, by=user)
    RiskAudit.objects.update(render_attempts=MAX_RENDER_ATTEMPTS - 1)
    render_audit(audit.pk)
    audit.refresh_from_db()
    assert audit.is_ready


def test_the_button_the_waiting_and_the_paper(browser, bare, unlaid, monkeypatch):
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


def test_other_firms_and_readers(stranger_browser, reader_browser, bare, user, unlaid):
    audit = rendered(bare, user)
    assert stranger_browser.get(reverse("clients:audit_pdf", args=[audit.pk])).status_code == 404
    assert stranger_browser.post(reverse("clients:audit_create", args=[bare.pk])).status_code == 404
    assert reader_browser.get(reverse("clients:audit_pdf", args=[audit.pk])).status_code == 200
    assert reader_browser.post(reverse("clients:audit_create", args=[bare.pk])).status_code == 403


def test_a_name_that_holds_markup_is_only_a_name(bare, user, unlaid):
    bare.exposures.update(name="<img src='http://x.test/'>", turnover=1000)
    bare.client.name = "<script>alert(1)</script>"
    bare.client.save()
    html = bytes(rendered(bare, UserFactory(firm=user.firm)).content).decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script" not in html
    assert "<img src='http" not in html
