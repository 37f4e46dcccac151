from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from clients import services
from clients.enums import PortfolioFileStatus, SetAside
from clients.models import Company, Exposure, PortfolioFile, RiskSnapshot
from clients.portfolio.identifiers import Identifier
from clients.services import NotEditable
from tests.factories import PortfolioFileFactory

pytestmark = pytest.mark.django_db

FIGURES = {"total_turnover": Decimal(6_600_000), "public_bodies_turnover": Decimal(180_000)}


def correct(file, line, **changes):
    words = {
        "name": "Garonnel",
        "identifier": Identifier("siren", "000100065"),
        "country": "FR",
        "requested": None,
        "set_aside": "",
        "vat_rate": Decimal("0.20"),
    }
    services.correct_line(file, line=line, by=file.uploaded_by, **(words | changes))
    return file.snapshot.exposures.get(line=line)


def line_of(file, name: str) -> int:
    return file.snapshot.exposures.get(name=name).line


def others_than(file, line: int) -> list[dict]:
    return list(file.snapshot.exposures.exclude(line=line).order_by("line").values())


class TestCorrecting:
    @pytest.fixture
    def file(self):
        return PortfolioFileFactory(read=True)

    @pytest.mark.parametrize(
        ("changes", "amount", "reason"),
        [
            pytest.param({}, 50_000, "", id="nothing changed: 60 000 TTC"),
            pytest.param({"requested": Decimal(75_500)}, 75_500, "", id="the broker's amount, not rounded"),
            pytest.param({"vat_rate": Decimal("0.055")}, 57_000, "", id="60 000 / 1.055 = 56 872.04"),
            pytest.param({"set_aside": SetAside.BROKER_CHOICE}, 50_000, "broker_choice", id="set aside"),
            pytest.param({"identifier": None}, 50_000, "no_identifier", id="without identifier"),
        ],
    )
    def test_changes_the_line_only(self, file, changes, amount, reason):
        line = line_of(file, "Garonnel")
        others = others_than(file, line)
        exposure = correct(file, line, **changes)
        assert (exposure.requested, exposure.set_aside) == (amount, reason)
        assert others_than(file, line) == others

    def test_a_buyer_set_aside_by_the_reader_can_be_asked(self, file):
        line = line_of(file, "Commune Sainte-Orvaine")
        identifier = Identifier("siren", "000100172")
        assert correct(file, line, name="Sainte-Orvaine", identifier=identifier).requested == 25_000
        assert file.snapshot.exposures.asked().count() == 18

    def test_one_company_cannot_stand_on_two_lines(self, file):
        with pytest.raises(ValidationError) as refused:
            correct(file, line_of(file, "Ferroval"), name="Ferroval")
        (message,) = refused.value.message_dict["identifier"]
        assert "Garonnel" in message

    def test_a_rejected_line_becomes_a_buyer(self):
        content = "Acheteur;SIREN;Pic TTC;Délai\nGaronnel;000100066;60 000;45\nFerroval;000100107;36 000;45".encode()
        file = PortfolioFileFactory(content=content, read=True)
        assert [rejected.line for rejected in file.skipped_lines.filter(is_rejected=True)] == [2]
        exposure = correct(file, 2)
        assert (exposure.requested, exposure.terms_days, exposure.company.id_value) == (50_000, 45, "000100065")
        assert services.summary_of(file).to_correct == 0

    def test_a_line_that_is_no_buyer(self, file):
        with pytest.raises(KeyError):
            correct(file, 9_999)

    @pytest.mark.parametrize("status", [PortfolioFileStatus.CONFIRMED, PortfolioFileStatus.PENDING])
    def test_nothing_changes_outside_the_check(self, file, status):
        PortfolioFile.objects.filter(pk=file.pk).update(status=status)
        with pytest.raises(NotEditable):
            correct(file, line_of(file, "Garonnel"))


def places_of(file: PortfolioFile) -> set:
    """Where the database keeps each line: elsewhere once it is written again."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ctid FROM {Exposure._meta.db_table} WHERE snapshot_id = %s", [file.snapshot.pk])
        return {place for (place,) in cursor.fetchall()}


class TestLargest:
    def test_ten_of_seventeen_then_all_again(self):
        file = PortfolioFileFactory(read=True)
        services.keep_largest(file, top=10, by=file.uploaded_by)
        summary = services.summary_of(file)
        assert (summary.asked, summary.total) == (10, 940_000)
        reasons = sorted(file.snapshot.exposures.set_aside().values_list("set_aside", flat=True))
        assert reasons == ["collective_procedure"] + ["not_among_largest"] * 7 + ["public_body"]
        services.keep_largest(file, top=None, by=file.uploaded_by)
        assert services.summary_of(file).total == 1_090_000
        assert [entry.sentence for entry in file.client.journal.order_by("pk")] == [
            "Liste «\u00a0valmorin-balance-agee.csv\u00a0»\u00a0: les 10 plus gros seulement.",
            "Liste «\u00a0valmorin-balance-agee.csv\u00a0»\u00a0: tous les acheteurs.",
        ]

    def test_only_the_lines_that_change_are_written(self):
        """On a list of a hundred thousand, asking twenty instead of ten is ten lines."""
        file = PortfolioFileFactory(read=True)
        services.keep_largest(file, top=10, by=file.uploaded_by)
        before = places_of(file)
        services.keep_largest(file, top=12, by=file.uploaded_by)
        assert len(places_of(file) - before) == 2

    def test_keeps_what_the_broker_set_aside_and_the_rates(self):
        file = PortfolioFileFactory(read=True)
        line = line_of(file, "Garonnel")
        correct(file, line, set_aside=SetAside.BROKER_CHOICE, vat_rate=Decimal("0.10"))
        services.keep_largest(file, top=10, by=file.uploaded_by)
        services.keep_largest(file, top=None, by=file.uploaded_by)
        exposure = file.snapshot.exposures.get(line=line)
        assert (exposure.set_aside, exposure.vat_rate) == ("broker_choice", Decimal("0.10"))


class TestSummary:
    def test_turnovers_by_fate(self):
        content = (
            "Acheteur;Identifiant;Pays;CA;Délai;Observations\nA;000100065;FR;100000;60;\nB;DE136695976;DE;300000;60;\n"
            "C;000100107;FR;180000;60;acheteur public\nD;BE0403019261;BE;50000;60;intragroupe\n"
        )
        summary = services.summary_of(PortfolioFileFactory(content=content.encode(), read=True))
        assert (summary.buyers, summary.asked) == (4, 2)
        assert summary.turnover("public_body") == 180_000
        assert summary.turnover("collective_procedure") == 0
        assert summary.export_turnover == 300_000
        assert summary.named_turnover == 630_000

    @pytest.mark.parametrize(
        ("header", "amount"),
        [
            pytest.param("Encours max TTC", 10_000, id="20 % by default"),
            pytest.param("Encours max HT", 12_000, id="a header that says HT holds no VAT"),
        ],
    )
    def test_vat_of_the_balances(self, header, amount):
        content = f"Acheteur;SIREN;{header}\nA;000100065;12000\n".encode()
        assert services.summary_of(PortfolioFileFactory(content=content, read=True)).total == amount


def test_a_confirmed_list_is_a_snapshot_with_both_figures():
    file = PortfolioFileFactory(read=True)
    snapshot = services.confirm_portfolio_file(file, figures=FIGURES)
    assert (snapshot.firm, snapshot.client, snapshot.file) == (file.firm, file.client, file)
    assert snapshot.insurable_turnover == 6_420_000
    assert snapshot.exposures.count() == 19
    asked = snapshot.exposures.asked()
    assert (asked.count(), sum(exposure.requested for exposure in asked)) == (17, 1_090_000)
    ambrelin = snapshot.exposures.get(name="Serrurerie Ambrelin")
    assert (ambrelin.peak, ambrelin.requested, ambrelin.merged_lines) == (60_000, 50_000, [23])
    assert (ambrelin.company.id_value, ambrelin.company.registered_name) == ("000100073", "")
    norvik = snapshot.exposures.get(country="DE")
    assert (norvik.vat_rate, norvik.requested) == (0, 70_000)
    town = snapshot.exposures.get(set_aside=SetAside.PUBLIC_BODY)
    assert (town.peak, town.requested) == (30_000, 25_000)


def test_confirming_twice_changes_nothing():
    file = PortfolioFileFactory(read=True)
    first = services.confirm_portfolio_file(file, figures=FIGURES, by=file.uploaded_by)
    again = services.confirm_portfolio_file(file, figures={"total_turnover": Decimal(1)})
    assert again == first
    assert again.total_turnover == 6_600_000
    assert (RiskSnapshot.objects.count(), Exposure.objects.count()) == (1, 19)
    entry = file.client.journal.get(sentence__startswith="Liste")
    assert entry.sentence == f"Liste « {file.filename} » importée : 19 acheteurs, dont 17 à demander."
    assert (entry.by, entry.snapshot) == (file.uploaded_by, first)


def test_companies_are_shared_between_firms():
    services.confirm_portfolio_file(PortfolioFileFactory(read=True), figures={})
    known = Company.objects.count()
    other = services.confirm_portfolio_file(PortfolioFileFactory(read=True), figures={})
    assert Company.objects.count() == known + 1, "only the second client itself is new"
    assert other.exposures.filter(company=None).count() == 0


def test_an_unchecked_number_names_no_shared_company():
    content = b"Acheteur;Identifiant;Pays;Encours\nKumpel AG;HRB 12345;DE;50 000\nGaronnel;000100065;FR;60 000"
    snapshot = services.confirm_portfolio_file(PortfolioFileFactory(content=content, read=True), figures={})
    assert list(snapshot.exposures.filter(company=None).values_list("id_type", "id_value")) == [("other", "HRB12345")]


@pytest.mark.parametrize("status", [PortfolioFileStatus.PENDING, PortfolioFileStatus.UNREADABLE])
def test_only_a_read_list_can_be_confirmed(status):
    with pytest.raises(NotEditable):
        services.confirm_portfolio_file(PortfolioFileFactory(status=status), figures={})
    assert not RiskSnapshot.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("Nom;SIREN;Encours\n" + "A;000100016;99999999999\n" * 12, id="twelve accounts of one buyer"),
        pytest.param("Nom;SIREN;0-30 j;31-60 j\nA;000100016;99999999999;99999999999\n", id="ageing columns"),
        pytest.param("Nom;SIREN;Encours HT\nA;000100016;99999999999,99\n", id="the largest that is read"),
        pytest.param("Nom;SIREN;CA;Délai\nA;000100016;99999999999;365\n", id="a need above the turnover"),
    ],
)
def test_no_list_outgrows_the_columns_it_is_stored_in(content):
    columns = content.partition("\n")[0].count(";") + 1
    content = (content + ";".join(["B", "000100990", "100", "100"][:columns]) + "\n").encode()
    snapshot = services.confirm_portfolio_file(PortfolioFileFactory(read=True, content=content), figures={})
    assert "B" in snapshot.exposures.values_list("name", flat=True)
