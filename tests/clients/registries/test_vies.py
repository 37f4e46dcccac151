"""VIES: valid, invalid, and the many ways of not knowing."""

import pytest

from clients.registries import RegistryRefused, UnreadableRegistry, VatCheck, check_vat
from factortaboite.money import NBSP

SOURCE = "VIES (simulateur)"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param("DE136695976", VatCheck(SOURCE, "DE136695976", True), id="a state that tells no name"),
        pytest.param("DE 136.695-976", VatCheck(SOURCE, "DE136695976", True), id="with separators"),
        pytest.param(
            "FR39356000000",
            VatCheck(SOURCE, "FR39356000000", True, "LA POSTE", "9 RUE DU COLONEL PIERRE AVIA 75015 PARIS 15EME"),
            id="name and address on one line",
        ),
        pytest.param("FR40356000000", VatCheck(SOURCE, "FR40356000000", False), id="a wrong key"),
        pytest.param("DE999999999", VatCheck(SOURCE, "DE999999999", False), id="nobody's"),
    ],
)
def test_a_number_of_the_union(twins, number, expected):
    assert check_vat(number) == expected


@pytest.mark.parametrize(
    "number", ["", "GB980780684", "US1", "GR123456789", "123456789", "FRÉ12345678", "FR" + "1" * 40]
)
def test_what_is_no_number_of_the_union_is_not_asked(twins, number):
    with pytest.raises(RegistryRefused, match="n’est pas un n° de TVA de l’Union"):
        check_vat(number)
    assert not twins["vies"].calls


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param({"isValid": True, "userError": "INVALID"}, "elle se contredit", id="valid and invalid"),
        pytest.param({"isValid": False, "userError": "NEW_ERROR"}, "valeur inconnue", id="unknown error"),
        pytest.param({"isValid": "true", "userError": "VALID"}, "oui ou non attendu", id="a text for a flag"),
        pytest.param(
            {"isValid": True, "userError": "VALID", "vatNumber": "1"}, "un autre numéro", id="another number"
        ),
        pytest.param([], "objet attendu", id="a list"),
    ],
)
def test_an_answer_that_means_nothing_is_unreadable(monkeypatch, answer, words):
    monkeypatch.setattr("clients.registries.line.Line.get", lambda line, path, **asked: answer)
    with pytest.raises(UnreadableRegistry, match=f"VIES a donné une réponse illisible{NBSP}: .*{words}"):
        check_vat("DE136695976")
