"""The broker says which column holds what: the file is read again, and so is the client’s next list."""

from decimal import Decimal

import pytest

from clients import services
from clients.enums import PortfolioFileStatus
from clients.forms.readings import ColumnsForm
from clients.portfolio.choices import REMEMBERED
from clients.services import NotEditable
from tests.factories import PortfolioFileFactory
from tests.screens import part_of, text_of

pytestmark = pytest.mark.django_db

TWO_BALANCES = "Nom;SIREN;Solde N;Solde N-1\nGaronnel;000100065;60000;12000\nFerroval;000100107;36000;24000\n"


@pytest.fixture
def file(user):
    return PortfolioFileFactory(client__firm=user.firm, content=TWO_BALANCES.encode(), read=True)


def read_with(file, **columns) -> None:
    services.read_again(file, choices={"columns": columns})
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()


def balances(file) -> list[Decimal]:
    return list(file.snapshot.exposures.order_by("line").values_list("outstanding", flat=True))


def test_another_column_is_another_balance(file):
    assert balances(file) == [60_000, 36_000]
    read_with(file, outstanding="Solde N-1")
    assert balances(file) == [12_000, 24_000]
    assert (file.reading["columns"]["outstanding"], file.reading["sureness"]["outstanding"]) == ("Solde N-1", 1.0)


def test_the_next_list_with_the_same_headers_is_read_the_same_way(file):
    read_with(file, outstanding="Solde N-1")
    content = TWO_BALANCES.replace("12000", "13000").encode()
    following = PortfolioFileFactory(client=file.client, content=content, read=True)
    assert balances(following) == [13_000, 24_000]
    assert REMEMBERED in following.reading["notices"]
    other_headers = PortfolioFileFactory(client=file.client, content=content.replace(b"Nom;", b"Client;"), read=True)
    assert balances(other_headers) == [60_000, 36_000]
    other_client = PortfolioFileFactory(content=content, read=True)
    assert balances(other_client) == [60_000, 36_000]


def test_another_column_leaves_the_remembered_ones_alone(file):
    read_with(file, outstanding="Solde N-1")
    following = PortfolioFileFactory(client=file.client, content=TWO_BALANCES.encode() + b"\n", read=True)
    read_with(following, country="")
    assert balances(following) == [12_000, 24_000]


def test_a_choice_that_leads_nowhere_can_be_taken_back(file, browser):
    read_with(file, outstanding="", turnover="", peak="", requested="")
    assert file.status == PortfolioFileStatus.UNREADABLE
    page = browser.get(f"/clients/listes/{file.pk}/")
    assert part_of(page, "#id_column-outstanding [selected]")["value"] == ""
    browser.post(f"/clients/listes/{file.pk}/colonnes/", {**shown(file), "column-outstanding": "Solde N"})
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()
    assert balances(file) == [60_000, 36_000]


def test_a_confirmed_list_is_not_read_again(file):
    services.confirm_portfolio_file(file, figures={})
    with pytest.raises(NotEditable):
        services.read_again(file, choices={"columns": {"outstanding": "Solde N-1"}})
    assert balances(file) == [60_000, 36_000]


def test_the_form_asks_for_what_changed_only(file):
    form = columns_form(file, {**shown(file), "column-outstanding": "Solde N-1", "column-siren": ""})
    assert form.is_valid()
    assert form.new_choices == {"columns": {"outstanding": "Solde N-1", "siren": ""}}


def test_a_change_on_the_screen_has_the_file_read_again(file, browser):
    response = browser.post(f"/clients/listes/{file.pk}/colonnes/", {**shown(file), "column-outstanding": "Solde N-1"})
    assert "Lecture de la liste" in text_of(browser.get(response.url))
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()
    assert balances(file) == [12_000, 24_000]


def test_columns_of_another_file_are_refused(file, browser):
    browser.post(f"/clients/listes/{file.pk}/colonnes/", {**shown(file), "column-outstanding": "Colonne inconnue"})
    file.refresh_from_db()
    assert (file.status, file.choices) == (PortfolioFileStatus.READ, {})


def test_several_columns_read_as_one_stay_so_unless_changed(user):
    content = b"Nom;SIREN;0-30 j;31-60 j\nGaronnel;000100065;100;200\n"
    file = PortfolioFileFactory(client__firm=user.firm, content=content, read=True)
    form = columns_form(file, shown(file) | {"column-name": ""})
    assert form.is_valid()
    assert form.new_choices == {"columns": {"name": ""}}


def test_ageing_columns_say_what_is_overdue(browser, user):
    content = b"Nom;SIREN;Non \xe9chu;1-30 j;31-60 j;> 90 j\nGaronnel;000100065;12000;3000;0;500\n"
    file = PortfolioFileFactory(client__firm=user.firm, content=content, read=True)
    exposure = file.snapshot.exposures.get()
    assert (file.snapshot.ageing_from, exposure.ageing) == ([0, 1, 31, 91], [12_000, 3_000, 0, 500])
    assert (exposure.outstanding, exposure.overdue) == (15_500, 3_500)
    assert "dont échu 3 500 €" in text_of(browser.get(f"/clients/listes/{file.pk}/"))


def columns_form(file, data=None) -> ColumnsForm:
    return ColumnsForm(data, reading=file.reading, choices=file.choices)


def shown(file) -> dict[str, str]:
    """What the form holds before anybody touches it."""
    form = columns_form(file)
    return {form.add_prefix(name): field.initial for name, field in form.fields.items()}


def test_a_doubtful_column_is_said_to_be(user):
    content = b"Nom;SIREN;Solde\n" + b"A;000100065;100\n" + b"B;000100066;beaucoup\n" * 3
    file = PortfolioFileFactory(client__firm=user.firm, content=content, read=True)
    # One balance and one identifier of four can be read.
    assert (file.reading["sureness"]["outstanding"], file.reading["sureness"]["siren"]) == (0.25, 0.25)
    assert columns_form(file).to_check == 2


def test_every_figure_leads_back_to_its_lines(browser, user):
    content = "Nom;SIREN;Encours\nGaronnel;000100065;1 000,50\nAutre;000100107;5\nGaronnel Sud;000100065;2 000\n"
    file = PortfolioFileFactory(client__firm=user.firm, content=content.encode(), read=True)
    exposure = file.snapshot.exposures.get(id_value="000100065")
    assert services.lines_of_file(exposure) == [
        (2, ["Garonnel", "000100065", "1 000,50"]),
        (4, ["Garonnel Sud", "000100065", "2 000"]),
    ]
    text = text_of(browser.get(f"/clients/acheteurs/{exposure.pk}/origine/"))
    assert "Ligne 4 Garonnel Sud 000100065 2 000" in " ".join(text.split())


def test_the_lines_to_correct_come_back_as_a_workbook(browser, user):
    content = b"Nom;SIREN;Encours\nGaronnel;000100066;60 000\n=1+1;000100065;=2\n"
    file = PortfolioFileFactory(client__firm=user.firm, content=content, read=True)
    response = browser.get(f"/clients/listes/{file.pk}/a-corriger.xlsx")
    workbook = b"".join(response.streaming_content)
    again = PortfolioFileFactory(client=file.client, content=workbook, read=True)
    rejected = again.skipped_lines.filter(is_rejected=True)
    assert [line.cells[:3] for line in rejected] == [["Garonnel", "000100066", "60 000"], ["=1+1", "000100065", "=2"]]
