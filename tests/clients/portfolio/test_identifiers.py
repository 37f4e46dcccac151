import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from clients.portfolio.countries import country_code
from clients.portfolio.identifiers import BadIdentifier, Identifier, identify


@pytest.mark.parametrize("kind", ["siren", "id", "vat"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("732829320", id="siren"),
        pytest.param("732 829 320", id="spaces"),
        pytest.param("732\u00a0829\u00a0320", id="no-break-spaces"),
        pytest.param("732.829.320", id="points"),
        pytest.param("SIREN : 732829320", id="label"),
        pytest.param("RCS Paris B 732 829 320", id="register"),
        pytest.param("732 829 320 R.C.S. Lyon".replace(".", ""), id="register-after"),
        pytest.param("732829320.0", id="written-by-a-program"),
        pytest.param("73282932000074", id="siret"),
        pytest.param("732 829 320 00074", id="siret-with-spaces"),
        pytest.param("FR44732829320", id="vat"),
        pytest.param("fr 44 732 829 320", id="vat-with-spaces"),
        pytest.param("44732829320", id="vat-without-prefix"),
        pytest.param("FR732829320", id="prefix-and-siren"),
    ],
)
def test_the_same_french_company_under_all_its_forms(text, kind):
    assert identify(text, kind=kind) == Identifier("siren", "732829320")


@pytest.mark.parametrize("siren", ["552008443", "404833048", "443121975", "000100016"])
def test_valid_sirens(siren):
    assert identify(siren) == Identifier("siren", siren)


@pytest.mark.parametrize("vat", ["FR44732829320", "FR46443121975", "FR83404833048", "FR19552008443", "FR39356000000"])
def test_french_vat_numbers_give_their_siren(vat):
    assert identify(vat, kind="vat") == Identifier("siren", vat[4:])


def test_a_vat_key_with_letters_is_accepted_as_it_is():
    assert identify("FRK7399859412", kind="vat") == Identifier("siren", "399859412")


@pytest.mark.parametrize(
    "siret",
    [
        pytest.param("35600000000048", id="head-office"),
        pytest.param("35600000000001", id="sum-of-digits-15"),
    ],
)
def test_la_poste_numbers_its_offices_by_another_rule(siret):
    assert identify(siret) == Identifier("siren", "356000000")


def test_monaco_has_french_vat_numbers_that_hold_no_siren():
    assert identify("FR53000004605", kind="vat") == Identifier("vat", "FR53000004605", "MC")


@pytest.mark.parametrize(
    "text, siren, word",
    [
        pytest.param("100016", "000100016", "SIREN 100016 complété", id="siren-of-six-digits"),
        pytest.param("5580502", None, "", id="seven-digits-that-fail-luhn"),
        pytest.param("10001600013", "000100016", "SIRET 10001600013 complété", id="siret-of-eleven-digits"),
    ],
)
def test_leading_zeros_lost_by_a_spreadsheet(text, siren, word):
    if siren is None:
        with pytest.raises(BadIdentifier, match="7 chiffres"):
            identify(text, kind="siren")
    else:
        found = identify(text, kind="siren")
        assert (found.id_type, found.id_value) == ("siren", siren)
        assert word in found.warnings[0]


def test_a_siret_of_thirteen_digits_gets_its_zero_back():
    siren = "0" + "5580501" + luhn.calc_check_digit("05580501")
    siret = siren + "0001" + luhn.calc_check_digit(siren + "0001")
    found = identify(siret.lstrip("0"), kind="siret")
    assert len(siret.lstrip("0")) == 13
    assert found.id_value == siren


@pytest.mark.parametrize(
    "text, kind, reason",
    [
        pytest.param("552008444", "siren", r"SIREN 552008444 : la clé de contrôle \(Luhn\) est fausse", id="siren"),
        pytest.param("73282932000079", "siret", r"SIRET 73282932000079 : la clé de contrôle \(Luhn\)", id="siret"),
        pytest.param("73282932100073", "siret", "du SIREN 732829321 est fausse", id="siren-inside-siret"),
        pytest.param("FR45732829320", "vat", "la clé est fausse, elle devrait être 44", id="vat-key"),
        pytest.param("FR4473282932", "vat", "FR, une clé de 2 caractères et 9 chiffres", id="short-vat"),
        pytest.param("DE136695977", "vat", "TVA DE136695977 : le contrôle", id="german-vat"),
        pytest.param("35600000000002", "siret", "SIRET 35600000000002", id="la-poste"),
        pytest.param("7,32829E+08", "siren", "écriture scientifique", id="scientific"),
        pytest.param("12345", "siren", "5 chiffres", id="too-short"),
        pytest.param("ABC", "siren", "indiquez le pays", id="letters"),
    ],
)
def test_the_reason_says_which_check_fails(text, kind, reason):
    with pytest.raises(BadIdentifier, match=reason):
        identify(text, kind=kind)


@pytest.mark.parametrize("text", ["", "-", "NC", "n/a", "000000000", "999999999", "inconnu"])
def test_placeholders_are_no_identifier(text):
    assert identify(text, kind="siren") is None


@pytest.mark.parametrize(
    "text, country, kind, expected",
    [
        pytest.param("DE136695976", None, "vat", ("vat", "DE136695976", "DE"), id="country-from-the-prefix"),
        pytest.param("DE 136 695 976", "DE", "siren", ("vat", "DE136695976", "DE"), id="in-the-siren-column"),
        pytest.param("136695976", "DE", "vat", ("vat", "DE136695976", "DE"), id="prefix-from-the-country"),
        pytest.param("BE 0403.170.701", None, "vat", ("vat", "BE0403170701", "BE"), id="belgium"),
        pytest.param("EL 094259216", None, "vat", ("vat", "EL094259216", "GR"), id="greece"),
        pytest.param("GB 980780684", None, "vat", ("vat", "GB980780684", "GB"), id="united-kingdom"),
        pytest.param("CHE-107.787.577 MWST", None, "vat", ("vat", "CHE107787577", "CH"), id="switzerland"),
        pytest.param("HRB 12345", "DE", "id", ("other", "HRB12345", "DE"), id="a-register-is-not-croatian-vat"),
        pytest.param("12-3456789", "US", "id", ("other", "123456789", "US"), id="unchecked"),
        pytest.param("732829320", "DE", "siren", ("siren", "732829320", "FR"), id="a-siren-stays-french"),
    ],
)
def test_foreign_buyers(text, country, kind, expected):
    found = identify(text, country=country, kind=kind)
    assert (found.id_type, found.id_value, found.country) == expected


def test_unchecked_and_contradictory_identifiers_warn():
    assert "non vérifié" in identify("HRB 12345", country="DE").warnings[0]
    assert "le n° de TVA l’emporte" in identify("DE136695976", country="IT", kind="vat").warnings[0]


@given(st.integers(min_value=1, max_value=99_999_998))
def test_one_wrong_digit_never_passes(number):
    siren = f"{number:08d}"
    siren += luhn.calc_check_digit(siren)
    assert identify(siren, kind="siren").id_value == siren
    wrong = siren[:-1] + str((int(siren[-1]) + 1) % 10)
    with pytest.raises(BadIdentifier):
        identify(wrong, kind="siren")


@pytest.mark.parametrize(
    "text, code",
    [
        ("France", "FR"),
        ("FRANCE", "FR"),
        ("Allemagne", "DE"),
        ("Deutschland", "DE"),
        ("Germany", "DE"),
        ("DEU", "DE"),
        ("de", "DE"),
        ("États-Unis", "US"),
        ("Etats Unis", "US"),
        ("USA", "US"),
        ("Royaume-Uni", "GB"),
        ("UK", "GB"),
        ("Pays-Bas", "NL"),
        ("Côte d'Ivoire", "CI"),
        ("La Réunion", "FR"),
        ("Martinique", "FR"),
        ("EL", "GR"),
        ("Zone euro", None),
        ("Export", None),
        ("", None),
    ],
)
def test_country_codes(text, code):
    assert country_code(text) == code
