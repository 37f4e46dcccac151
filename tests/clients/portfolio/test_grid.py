from decimal import Decimal

import pytest

from clients.portfolio.grid import COLUMNS, Form, Line, change_line, changed, emptied, new_line, shown

# 60 000 TTC at 20 % is 50 000 HT.
GARONNEL = Line(
    name="Garonnel",
    id_type="siren",
    id_value="000100065",
    outstanding=Decimal(60_000),
    terms_days=45,
    requested=Decimal(50_000),
)


def test_what_cells_show():
    line = GARONNEL._replace(turnover=Decimal("-1234.5"), set_aside="public_body", note="à suivre")
    assert shown(line) == {
        "name": "Garonnel",
        "country": "FR",
        "identifier": "000100065",
        "outstanding": "60\u202f000",
        "peak": "",
        "turnover": "−1\u202f234,50",
        "terms_days": "45",
        "requested": "50\u202f000",
        "set_aside": "public_body",
        "note": "à suivre",
    }


@pytest.mark.parametrize("column", list(COLUMNS))
def test_what_a_cell_shows_says_what_it_holds(column):
    line = GARONNEL._replace(peak=Decimal("72000.50"), turnover=Decimal(-3), set_aside="broker_choice", note="x")
    assert change_line(line, {column: shown(line)[column]}) == (line, {})


@pytest.mark.parametrize("column", list(COLUMNS))
def test_a_cell_has_changed_when_it_shows_another_text(column):
    text = {"country": "DE", "identifier": "", "name": "Ferroval", "note": "vu", "set_aside": "non"}.get(column, "12")
    line = GARONNEL._replace(id_type="other")
    after = change_line(line, {column: text}).line
    was, now = shown(line), shown(after)
    assert column in changed(line, after)
    assert changed(line, after) == [each for each in COLUMNS if was[each] != now[each]]
    assert emptied(line, after) == [each for each in COLUMNS if was[each] and not now[each]]
    assert changed(line, line._replace(outstanding=Decimal("60000.00"))) == []


@pytest.mark.parametrize(
    ("column", "text", "field", "value"),
    [
        pytest.param("outstanding", "72 000,00 €", "outstanding", Decimal(72_000), id="French amount"),
        pytest.param("peak", "1\u202f234,567", "peak", Decimal("1234.57"), id="rounded to the cent, half up"),
        pytest.param("outstanding", "(1 200,00)", "outstanding", Decimal(-1_200), id="credit in parentheses"),
        pytest.param("outstanding", "1 200,00C", "outstanding", Decimal(-1_200), id="credit by its letter"),
        pytest.param("turnover", "12 k€", "turnover", Decimal(12_000), id="thousands said in the cell"),
        pytest.param("turnover", "NC", "turnover", None, id="not known"),
        pytest.param("terms_days", "45 jours fin de mois", "terms_days", 60, id="terms in words"),
        pytest.param("terms_days", "", "terms_days", None, id="no terms"),
        pytest.param("country", "Allemagne", "country", "FR", id="a SIREN stays in France"),
        pytest.param("name", "  Garonnel\u00a0 SAS ", "name", "Garonnel SAS", id="single spaces"),
        pytest.param("identifier", "FR44 732 829 320", "id_value", "732829320", id="VAT number as SIREN"),
        pytest.param("identifier", "DE136695976", "country", "DE", id="the identifier brings its country"),
        pytest.param("set_aside", "Écarté par le courtier", "set_aside", "broker_choice", id="decision in words"),
        pytest.param("set_aside", "acheteur public", "set_aside", "public_body", id="a reason in words"),
        pytest.param("set_aside", "en RJ", "set_aside", "collective_procedure", id="what the reader recognises"),
        pytest.param("set_aside", "à demander", "set_aside", "", id="to ask"),
    ],
)
def test_texts_that_say_something(column, text, field, value):
    assert getattr(change_line(GARONNEL, {column: text}).line, field) == value


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        pytest.param("outstanding", "1.234", "deux façons", id="two readings"),
        pytest.param("peak", "douze", "n’est pas un nombre", id="no number"),
        pytest.param("requested", "-5", "négatif", id="negative request"),
        pytest.param("turnover", "1" + "0" * 12, "trop grand", id="too large"),
        pytest.param("terms_days", "400", "délai", id="more than a year"),
        pytest.param("country", "Syldavie", "« Syldavie »", id="unknown country"),
        pytest.param("country", "Allemagne", "changez d’abord l’identifiant", id="a SIREN abroad"),
        pytest.param("identifier", "000100066", "clé de contrôle", id="wrong key"),
        pytest.param("set_aside", "peut-être", "inconnue", id="unknown decision"),
        pytest.param("name", "x" * 201, "200 caractères", id="long name"),
        pytest.param("note", "x" * 201, "200 caractères", id="long note"),
    ],
)
def test_texts_that_say_nothing_leave_the_line_as_it_is(column, text, said):
    line, errors = change_line(GARONNEL, {column: text})
    assert line == GARONNEL
    assert said in errors.pop(column)
    assert errors == {}


def test_a_column_teaches_how_its_amounts_are_written():
    forms = {"outstanding": Form(",", 1), "turnover": Form(None, 1000)}
    line, errors = change_line(GARONNEL, {"outstanding": "1.234", "turnover": "300"}, forms=forms)
    assert (line.outstanding, line.turnover, errors) == (1_234, 300_000, {})


class TestAmountAsked:
    def test_follows_what_it_comes_from(self):
        """120 000 TTC is 100 000 HT; 720 000 HT over 90 of 360 days is 180 000."""
        line = change_line(GARONNEL, {"outstanding": "120 000"}).line
        assert line.requested == 100_000
        assert change_line(line, {"turnover": "720 000", "terms_days": "90"}).line.requested == 180_000

    def test_stays_what_somebody_typed(self):
        typed = change_line(GARONNEL, {"requested": "65 500"}).line
        assert change_line(typed, {"outstanding": "120 000"}).line.requested == 65_500

    def test_emptied_is_computed_again(self):
        typed = GARONNEL._replace(requested=Decimal(65_500))
        assert change_line(typed, {"requested": ""}).line.requested == 50_000

    def test_nothing_to_ask_sets_the_buyer_aside_until_there_is(self):
        nothing = change_line(GARONNEL, {"outstanding": ""}).line
        assert (nothing.requested, nothing.set_aside) == (None, "no_amount")
        again = change_line(nothing, {"peak": "12 000"}).line
        assert (again.requested, again.set_aside) == (10_000, "")

    def test_a_credit_balance_is_not_asked(self):
        line = change_line(GARONNEL, {"outstanding": "-5 000", "peak": "12 000"}).line
        assert (line.requested, line.set_aside) == (10_000, "credit_balance")

    def test_a_name_or_a_note_moves_nothing(self):
        """A buyer in credit that the broker asks all the same stays asked."""
        asked = GARONNEL._replace(outstanding=Decimal(-5), requested=Decimal(9_000))
        assert change_line(asked, {"note": "vu avec eux", "name": "Garonnel SAS"}).line.requested == 9_000
        assert change_line(asked, {"note": "vu avec eux"}).line.set_aside == ""

    def test_abroad_there_is_no_vat(self):
        line = change_line(GARONNEL, {"identifier": "DE136695976"}).line
        assert (line.vat_rate, line.requested) == (0, 60_000)

    def test_a_rate_that_somebody_chose_stays(self):
        reduced = GARONNEL._replace(vat_rate=Decimal("0.055"), requested=Decimal(57_000))
        line = change_line(reduced, {"identifier": "DE136695976"}).line
        assert (line.vat_rate, line.requested) == (Decimal("0.055"), 57_000)


class TestDecisions:
    def test_what_was_decided_stays(self):
        line = change_line(GARONNEL._replace(set_aside="related_company"), {"outstanding": "120 000"}).line
        assert (line.set_aside, line.requested) == ("related_company", 100_000)

    def test_without_identifier_a_buyer_cannot_be_asked(self):
        nameless = GARONNEL._replace(id_type="", id_value="", set_aside="no_identifier")
        line, errors = change_line(nameless, {"set_aside": "à demander"})
        assert line.set_aside == "no_identifier"
        assert "aucun assureur ne répond" in errors["set_aside"]

    def test_a_refused_decision_leaves_the_former(self):
        public = GARONNEL._replace(id_type="", id_value="", set_aside="public_body")
        line, errors = change_line(public, {"set_aside": ""})
        assert line.set_aside == "public_body"
        assert errors.keys() == {"set_aside"}

    def test_with_its_identifier_a_buyer_is_asked_again(self):
        nameless = GARONNEL._replace(id_type="", id_value="", set_aside="no_identifier")
        assert change_line(nameless, {"identifier": "000100065"}).line.set_aside == ""


class TestIdentity:
    def test_a_line_is_about_somebody(self):
        line, errors = change_line(GARONNEL._replace(name=""), {"identifier": ""})
        assert line.id_value == "000100065"
        assert "Ni nom ni identifiant" in errors["identifier"]

    def test_an_unchecked_identifier_may_move(self):
        """« HRB 12345 » is a German register's number, and may be an Austrian's."""
        german = change_line(GARONNEL, {"country": "DE", "identifier": "HRB 12345"}).line
        assert (german.country, german.id_type) == ("DE", "other")
        line, errors = change_line(german, {"country": "Autriche"})
        assert (line.country, line.id_value, errors) == ("AT", "HRB12345", {})

    def test_a_buyer_without_identifier_may_move(self):
        nameless = GARONNEL._replace(id_type="", id_value="")
        assert change_line(nameless, {"country": "Belgique"}).line.country == "BE"

    def test_zeros_lost_on_the_way_are_told(self):
        line = change_line(GARONNEL, {"identifier": "100065"}).line
        assert line.id_value == "000100065"
        assert "zéros" in line.warnings[0]
        assert change_line(line, {"identifier": "DE136695976"}).line.warnings == ()


class TestNewLines:
    def test_is_asked_for_what_it_needs(self):
        line, errors = new_line(
            {"name": "Ferroval", "identifier": "000 100 107", "peak": "36 000", "terms_days": "45"}
        )
        assert (line.requested, line.set_aside, line.country, errors) == (30_000, "", "FR", {})

    def test_german_number_on_an_untouched_country(self):
        line, _ = new_line({"name": "Rheinwerk", "identifier": "DE136695976", "outstanding": "36 000"})
        assert (line.country, line.requested, line.warnings) == ("DE", 36_000, ())

    @pytest.mark.parametrize(
        ("texts", "reason"),
        [
            pytest.param({"name": "Commune de Sainte-Orvaine"}, "public_body", id="public name"),
            pytest.param(
                {"name": "Ferroval", "note": "RJ depuis juin"}, "collective_procedure", id="told by its note"
            ),
            pytest.param({"name": "Commune de Pau", "set_aside": "écarté"}, "broker_choice", id="decided otherwise"),
            pytest.param({"name": "Ferroval"}, "no_identifier", id="nobody knows who"),
        ],
    )
    def test_what_no_insurer_covers_is_set_aside(self, texts, reason):
        assert new_line({"outstanding": "1 200", **texts}).line.set_aside == reason

    def test_needs_a_name_or_an_identifier(self):
        assert new_line({"outstanding": "1 200"}).errors.keys() == {"name"}
