"""The broker says the order of the dates, the terms that stand for missing due dates, the day of the list."""

from datetime import UTC, date, datetime

import pytest

from clients import services
from clients.enums import PortfolioFileStatus
from clients.forms.readings import DatesForm
from clients.portfolio.choices import REMEMBERED
from tests.factories import PortfolioFileFactory
from tests.files.traps_of_lists import INVOICE, fec
from tests.screens import part_of, swapped, text_of

pytestmark = pytest.mark.django_db

# Three dates each, all near the day the list came.
AMBIGUOUS = "Client;N° facture;Date facture;Échéance;Reste dû\nGaronnel;F1;20/11/21;20/12/21;100,00\n".encode()
LEDGER = """Compte;Intitulé du compte;Date;Jnl;Débit;Crédit
411GAR;Garonnel;05/09/2026;VE;100,00;
411GAR;Garonnel;12/10/2026;VE;50,00;
""".encode()


def dropped(user, content: bytes):
    file = PortfolioFileFactory(client__firm=user.firm, content=content)
    type(file).objects.filter(pk=file.pk).update(uploaded_at=datetime(2026, 11, 22, tzinfo=UTC))
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()
    return file


def read_with(file, **choices) -> None:
    services.read_again(file, choices=choices)
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()


def ageing(file) -> list:
    return file.snapshot.exposures.get().ageing


def answers(file, **changes) -> dict[str, str]:
    """What the form holds before anybody touches it, with some of it changed."""
    form = DatesForm(reading=file.reading, choices=file.choices)
    return {form.add_prefix(name): form[name].value() for name in form.fields} | changes


def test_dates_that_cannot_be_told_are_asked_about_and_read_at_once(browser, user):
    file = dropped(user, AMBIGUOUS)
    page = browser.get(f"/clients/listes/{file.pk}/")
    assert "« 20/11/21 » peut se lire 21/11/2020 ou 20/11/2021" in text_of(page)
    assert part_of(page, "#colonnes").has_attr("open")
    response = browser.post(
        f"/clients/listes/{file.pk}/colonnes/",
        {"column-order": "dmy", "column-terms_days": "60", "column-cut_off": ""},
    )
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()
    assert (file.status, file.choices, file.reading["cut_off"]) == (
        PortfolioFileStatus.READ,
        {"order": "dmy"},
        "2021-11-20",
    )
    focused = part_of(browser.get(response.url), "[autofocus]")
    assert (focused["name"], focused.select_one("[selected]")["value"]) == ("column-order", "dmy")


def test_due_dates_are_estimated_with_the_terms_that_somebody_says(browser, user):
    file = dropped(user, LEDGER)
    assert ageing(file) == [150, 0, 0, 0, 0]
    assert "elles sont estimées à 60 jours" in text_of(browser.get(f"/clients/listes/{file.pk}/"))
    browser.post(f"/clients/listes/{file.pk}/colonnes/", answers(file, **{"column-terms_days": "30"}))
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()
    # 5 September + 30 days = 5 October, seven days before the last entry.
    assert (ageing(file), file.choices) == ([50, 100, 0, 0, 0], {"terms_days": 30})
    assert "elles sont estimées à 30 jours" in text_of(browser.get(f"/clients/listes/{file.pk}/"))


def test_the_next_file_of_the_client_is_read_the_same_way(user):
    file = dropped(user, fec(INVOICE))
    read_with(file, terms_days=45, cut_off="2026-12-31")
    following = PortfolioFileFactory(client=file.client, content=fec(INVOICE, INVOICE), read=True)
    assert (following.reading["terms_days"], following.choices) == (45, {})
    assert REMEMBERED in following.reading["notices"]
    assert PortfolioFileFactory(content=fec(INVOICE), read=True).reading["terms_days"] == 60, "another client's"
    read_with(following, order="dmy")
    assert (following.reading["terms_days"], following.reading["order"]) == (45, "dmy")


def test_the_day_a_list_is_drawn_up_on(browser, user):
    file = dropped(user, LEDGER)
    assert answers(file)["column-cut_off"] == date(2026, 10, 12)
    for said, balance in (("30/09/2026", 100), ("", 150)):
        browser.post(f"/clients/listes/{file.pk}/colonnes/", answers(file, **{"column-cut_off": said}))
        services.read_portfolio_file(file.pk)
        file.refresh_from_db()
        assert file.snapshot.exposures.get().outstanding == balance
    read_with(file, cut_off="2025-12-31")
    assert (file.status, file.error) == (
        PortfolioFileStatus.UNREADABLE,
        "Tout est daté d’après le 31/12/2025, date à laquelle la liste est arrêtée : corrigez cette date.",
    )
    assert part_of(browser.get(f"/clients/listes/{file.pk}/"), "[name=column-cut_off]")["value"] == "31/12/2025"


def test_due_dates_alone_are_counted_on_the_day_the_list_came(user):
    file = dropped(user, "Client;Échéance;Reste dû\nGaronnel;31/10/2026;90,00\nGaronnel;1/10/2026;10\n".encode())
    assert (file.reading["cut_off"], ageing(file)) == ("2026-11-22", [0, 90, 10, 0, 0])
    assert any("au jour où elle est arrivée" in notice for notice in file.reading["notices"])


@pytest.mark.parametrize(
    ("field", "said"),
    [
        pytest.param("terms_days", "366", id="more than a year"),
        pytest.param("terms_days", "-1", id="less than nothing"),
        pytest.param("terms_days", "deux mois", id="no number"),
        pytest.param("terms_days", "", id="nothing"),
        pytest.param("cut_off", "31/31/2026", id="no date"),
        pytest.param("cut_off", "01/01/0001", id="long ago"),
        pytest.param("order", "ydm", id="no order"),
    ],
)
def test_what_is_no_answer_is_said_at_its_field(browser, user, field, said):
    file = dropped(user, LEDGER)
    response = browser.post(
        f"/clients/listes/{file.pk}/colonnes/",
        answers(file, **{f"column-{field}": said}),
        headers={"HX-Request": "true"},
    )
    assert response.status_code == 422
    assert part_of(response, f"#id_column-{field}_error").text.strip()
    file.refresh_from_db()
    assert (file.status, file.choices) == (PortfolioFileStatus.READ, {})


def test_the_focus_is_given_back_once(browser, user):
    """While the file is read the page keeps in mind what was changed; afterwards no link of it does."""
    file = PortfolioFileFactory(client__firm=user.firm, content=LEDGER)
    address = f"/clients/listes/{file.pk}/?champ=terms_days"
    assert part_of(browser.get(address), "#portfolio-file")["hx-get"] == address
    services.read_portfolio_file(file.pk)
    part = swapped(browser, address, "#portfolio-file")
    assert part.select_one("[name=column-terms_days]").has_attr("autofocus")
    assert "champ=" not in str(part)
