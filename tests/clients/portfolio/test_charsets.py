import pytest

from clients.portfolio.charsets import single_byte_charset


@pytest.mark.parametrize(
    "text, charset",
    [
        pytest.param("Cœur d'Or", "iso-8859-15", id="œ in a word"),
        pytest.param("Œuvre", "iso-8859-15", id="Œ at the beginning of a word"),
        pytest.param("1 000,50 €", "iso-8859-15", id="euro"),
        pytest.param("Cœur d'Or", "cp1252", id="œ in a word, cp1252"),
        pytest.param("L’Étoile", "cp1252", id="typographic apostrophe"),
        pytest.param("1 000,50 €", "cp1252", id="euro, cp1252"),
        pytest.param("Délai ½ mois, 3½ jours", "cp1252", id="a half is no letter"),
        pytest.param("Étienne", "cp1252", id="what both write alike"),
    ],
)
def test_the_bytes_tell_the_charset(text, charset):
    assert single_byte_charset(text.encode(charset)) == charset
