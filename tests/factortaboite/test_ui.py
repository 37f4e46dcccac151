import pytest
from django.template import Context, Template
from django.test import RequestFactory

from factortaboite.templatetags import ui


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        pytest.param("000100016", "000 100 016", id="SIREN"),
        pytest.param("DE136695976", "DE 136 695 976", id="VAT number with nine digits"),
        pytest.param("BE0403170701", "BE0403170701", id="another length"),
        pytest.param("HRB12345", "HRB12345", id="foreign register"),
        pytest.param("", "", id="none"),
    ],
)
def test_grouped(number, shown):
    assert ui.grouped(number).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("count", "endings", "shown"),
    [
        pytest.param(0, ",s", "", id="zero is singular"),
        pytest.param(1, ",s", "", id="one"),
        pytest.param(2, ",s", "s", id="two"),
        pytest.param(["a", "b"], ",s", "s", id="a list"),
        pytest.param(3, "a,ont", "ont", id="both endings"),
    ],
)
def test_plurals_are_french(count, endings, shown):
    assert ui.pluralize(count, endings) == shown
    assert Template("{{ count|pluralize:endings }}").render(Context({"count": count, "endings": endings})) == shown


def test_icons_are_silent_unless_they_mean_something():
    assert 'aria-hidden="true"' in ui.icon("check")
    assert 'role="img" aria-label="Accord &amp; prix"' in ui.icon("check", "Accord & prix")


def test_a_pill_says_its_state_in_words_and_escapes_them():
    assert "pill refused" in ui.pill("refused", "<b>")
    assert "&lt;b&gt;" in ui.pill("refused", "<b>")


@pytest.mark.parametrize(
    ("path", "url_name", "is_current"),
    [
        pytest.param("/", "desk:today", True, id="home on home"),
        pytest.param("/clients/3/", "desk:today", False, id="home is not the beginning of everything"),
        pytest.param("/clients/3/", "clients:client_list", True, id="inside a section"),
        pytest.param("/recherche/", "clients:client_list", False, id="outside it"),
    ],
)
def test_the_rail_marks_where_we_are(path, url_name, is_current):
    context = Context({"request": RequestFactory().get(path)})
    assert ("aria-current" in ui.rail_link(context, url_name, "home", "x")) is is_current
