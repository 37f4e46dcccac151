import pytest

from clients.portfolio.buyers import is_person_name, set_aside


@pytest.mark.parametrize(
    "name",
    [
        "Commune Sainte-Orvaine",
        "Commune de Brest",
        "COMMUNE D'ALBI",
        "Mairie de Lille",
        "Ville de Paris",
        "Département du Nord",
        "Conseil départemental 31",
        "Région Bretagne",
        "Région de Bretagne",
        "Préfecture du Rhône",
        "Ministère de la Défense",
        "CHU Nantes",
        "Centre Hospitalier de Pau",
        "Communauté de communes du Pays de Gex",
        "Communauté d’agglomération du Grand Albigeois",
        "Nantes Métropole",
        "Métropole de Lyon",
        "Syndicat intercommunal des eaux",
        "Lycée Voltaire",
        "Collège Jean-Moulin",
        "Université Paris 8",
        "SDIS 44",
        "CCAS de Royan",
        "OPH Angers",
        "Chambre de commerce et d’industrie",
    ],
)
def test_names_of_public_bodies(name):
    assert set_aside(name=name) == "public_body"


@pytest.mark.parametrize(
    "name",
    [
        "Menuiserie Ville",
        "Mairie Frères SARL",
        "Mairie Frères",
        "Villemin Bois",
        "Commune Image SAS",
        "College Square SAS",
        "Région Sud Élagage",
        "Hôtel Métropole",
        "Lycée privé Saint-Jean",
        "Departement Store",
        "Chuchotis Déco",
        "Préfa Béton",
    ],
)
def test_names_that_only_sound_public(name):
    assert set_aside(name=name, id_type="siren", id_value="552008443") == ""


@pytest.mark.parametrize("siren, expected", [("130025265", "public_body"), ("217500016", "public_body")])
def test_a_siren_in_1_or_2_is_public_whatever_the_name(siren, expected):
    assert set_aside(name="Régie Tourisme SA", id_type="siren", id_value=siren) == expected


def test_a_foreign_number_in_1_is_not_public():
    assert set_aside(name="Norvik Handels GmbH", id_type="vat", id_value="136695976") == ""


def test_commune_without_of_is_public_unless_its_siren_is_a_company_s():
    assert set_aside(name="Commune Bellerive") == "public_body"
    assert set_aside(name="Commune Bellerive", id_type="siren", id_value="552008443") == ""


@pytest.mark.parametrize(
    "note, expected",
    [
        ("Redressement judiciaire", "collective_procedure"),
        ("RJ du 12/03/2026", "collective_procedure"),
        ("R.J.", "collective_procedure"),
        ("En LJ depuis mars", "collective_procedure"),
        ("liquidation", "collective_procedure"),
        ("Procédure de sauvegarde ouverte", "collective_procedure"),
        ("procédure collective", "collective_procedure"),
        ("pas de procédure collective", ""),
        ("Aucune procédure collective connue", ""),
        ("ni RJ ni LJ", ""),
        ("liquidation amiable", ""),
        ("Particulier", "private_person"),
        ("clientèle de particuliers", "private_person"),
        ("non particulier", ""),
        ("Intragroupe", "related_company"),
        ("intra-groupe", "related_company"),
        ("Groupe", "related_company"),
        ("filiale liée", "related_company"),
        ("société du groupe", "related_company"),
        ("hors groupe", ""),
        ("filiale du groupe Bouygues", ""),
        ("Secteur public", "public_body"),
        ("Collectivité territoriale", "public_body"),
        ("travaille sur marché public", ""),
        ("bon payeur", ""),
        ("", ""),
    ],
)
def test_what_notes_say(note, expected):
    assert set_aside(name="Dupont SARL", note=note, id_type="siren", id_value="552008443") == expected


def test_each_line_of_the_notes_is_read_alone():
    assert set_aside(name="Dupont", note="bon payeur\nGroupe", id_value="552008443") == "related_company"


@pytest.mark.parametrize(
    "name, expected",
    [
        ("Crozelat (RJ)", "collective_procedure"),
        ("Crozelat (en liquidation)", "collective_procedure"),
        ("Crozelat - LJ", "collective_procedure"),
        ("Crozelat SARL en redressement judiciaire", "collective_procedure"),
        ("RJ Transports", ""),
        ("L.J. Bâtiment", ""),
        ("Sauvegarde du Patrimoine", ""),
        ("Liquidation Discount", ""),
    ],
)
def test_procedures_in_names(name, expected):
    assert set_aside(name=name, id_type="siren", id_value="552008443") == expected


@pytest.mark.parametrize(
    "name, expected",
    [
        ("M. Dupont Jean", True),
        ("Mme Paule Durand", True),
        ("M. et Mme Petit", True),
        ("Monsieur Petit", True),
        ("Mr Bricolage SA", False),
        ("M+ Matériaux", False),
        ("Mécanique Durand", False),
        ("M2 Conseil", False),
    ],
)
def test_names_of_persons(name, expected):
    assert is_person_name(name) is expected


def test_a_person_is_private_without_a_siren_and_a_sole_trader_with_one():
    assert set_aside(name="M. Dupont Jean") == "private_person"
    assert set_aside(name="M. Dupont Jean", id_type="siren", id_value="552008443") == ""
