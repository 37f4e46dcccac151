"""The companies that the registries' twins know: the demo's buyers, and neighbours to mistake them for.

All are fictitious, with SIRENs that begin with `000` and are never attributed, but one: La Poste, whose SIREN and
SIRETs every reader of French numbers has to know.
"""

import unicodedata
from dataclasses import dataclass

from factortaboite.demo.buyers import DEMO_BUYERS

HIDDEN = "[NON-DIFFUSIBLE]"
SOCIETE = "5710"  # SAS
SARL = "5499"
INDIVIDUAL = "1000"
COMMUNE = "7210"


@dataclass(frozen=True)
class Registered:
    """One company. `sites` are other establishments: postcode and city. `name` is that of a person when individual."""

    siren: str
    name: str
    street: str
    postcode: str
    city: str
    category: str = SOCIETE
    naf: str = "46.90Z"
    naf_2025: str = "46.90"
    acronym: str = ""
    trade_name: str = ""
    created_on: str = "2004-03-01"
    closed_on: str = ""
    is_hidden: bool = False
    size: str = "PME"
    nic: str = "0001"
    sites: tuple[tuple[str, str], ...] = ()
    first_name: str = ""

    @property
    def is_closed(self) -> bool:
        return bool(self.closed_on)

    @property
    def public_name(self) -> str:
        """As a register writes it: capitals without accents."""
        return plain(f"{self.first_name} {self.name}".strip()).upper()

    @property
    def siret(self) -> str:
        return siret(self.siren, self.nic)

    def all_sites(self) -> tuple[tuple[str, str, str, str], ...]:
        """SIRET, street, postcode and city; the head office first."""
        others = (
            (siret(self.siren, f"{number:04d}"), f"{number} RUE DES ENTREPOTS", postcode, city)
            for number, (postcode, city) in enumerate(self.sites, 2)
        )
        return ((self.siret, self.street, self.postcode, self.city), *others)


def plain(text: str) -> str:
    """Without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def siret(siren: str, nic: str) -> str:
    """The SIRET of an establishment; `nic` lacks its last digit, which is the key."""
    return _with_key(siren + nic)


def fictitious_siren(number: int) -> str:
    """A SIREN with the right key that is nobody's."""
    return _with_key(f"000{number:05d}")


def _with_key(body: str) -> str:
    digits = [int(digit) * (1 if position % 2 else 2) for position, digit in enumerate(reversed(body))]
    return body + str(-sum(number // 10 + number % 10 for number in digits) % 10)


_PLACES = (
    ("12 RUE DES CORROYEURS", "59500", "DOUAI"),
    ("4 QUAI DE L OURCQ", "93500", "PANTIN"),
    ("27 AVENUE JEAN JAURES", "69007", "LYON 7EME"),
    ("8 RUE DU FOUR A CHAUX", "76600", "LE HAVRE"),
    ("ZONE INDUSTRIELLE NORD", "44800", "SAINT-HERBLAIN"),
    ("51 BOULEVARD GAMBETTA", "38000", "GRENOBLE"),
)
_ACTIVITIES = (("41.10A", "41.10"), ("46.73A", "46.73"), ("25.62B", "25.62"), ("43.21A", "43.21"))


def _buyers() -> tuple[Registered, ...]:
    french = [buyer for buyer in DEMO_BUYERS if buyer.id_type == "siren"]
    companies = []
    for number, buyer in enumerate(french):
        street, postcode, city = _PLACES[number % len(_PLACES)]
        naf, naf_2025 = _ACTIVITIES[number % len(_ACTIVITIES)]
        is_commune = buyer.name.startswith("Commune")
        companies.append(
            Registered(
                siren=buyer.id_value,
                name=buyer.name,
                street="PLACE DE LA MAIRIE" if is_commune else street,
                postcode=postcode,
                city=city,
                category=COMMUNE if is_commune else SOCIETE,
                naf="84.11Z" if is_commune else naf,
                naf_2025="84.11" if is_commune else naf_2025,
                size="" if is_commune else "PME",
            )
        )
    return tuple(companies)


_NEIGHBOURS = (
    Registered("000100982", "Valmorin Négoce", "3 RUE DES DOCKS", "59000", "LILLE", sites=(("62300", "LENS"),)),
    # Names that are nearly those of the demo's buyers.
    Registered("000200014", "Halbronne Promotion Sud", "9 COURS MIRABEAU", "13100", "AIX-EN-PROVENCE", naf="41.10A"),
    Registered("000200022", "Halbronne", "12 RUE DES CORROYEURS", "59500", "DOUAI", naf="70.10Z", size="ETI"),
    Registered("000200030", "Méca Lorvalle Services", "2 RUE DE LA FORGE", "69007", "LYON 7EME", SARL, naf="33.12Z"),
    Registered("000200048", "Garonnel", "40 RUE SAINTE CATHERINE", "33000", "BORDEAUX", SARL),
    Registered("000200055", "Garonnel", "6 PLACE DU CAPITOLE", "31000", "TOULOUSE", SARL),
    Registered("000200063", "Transports Quévelin", "1 ROUTE DU PORT", "76600", "LE HAVRE", closed_on="2019-06-30"),
    Registered(
        "000200071", "Tôlerie Brisquenot", "8 RUE DU FOUR A CHAUX", "76600", "LE HAVRE", closed_on="2023-12-31"
    ),
    Registered("000200089", "Serrurerie Ambrelin et fils", "5 RUE DES ARTISANS", "38000", "GRENOBLE", SARL),
    Registered("000200097", "Ferroval Recyclage", "ZONE PORTUAIRE", "44800", "SAINT-HERBLAIN", naf="38.31Z"),
    # One with many establishments and a name of its own for the trade.
    Registered(
        "000200105",
        "Compagnie des matériaux de l’Ostrevan",
        "22 RUE DE LA GARE",
        "59500",
        "DOUAI",
        acronym="CMO",
        trade_name="POINT OSTREVAN",
        size="ETI",
        sites=(("59000", "LILLE"), ("62000", "ARRAS"), ("59300", "VALENCIENNES")),
    ),
    # Persons in business under their own name: one in public, one who keeps it to themselves.
    Registered("000200113", "Exemple", "7 CHEMIN DES VIGNES", "38000", "GRENOBLE", INDIVIDUAL, first_name="Camille"),
    Registered(
        "000200121",
        "Nomcaché",
        "7 CHEMIN DES VIGNES",
        "38000",
        "GRENOBLE",
        INDIVIDUAL,
        is_hidden=True,
        first_name="Dominique",
    ),
    # Public bodies of several kinds.
    Registered(
        "000200139", "Centre hospitalier de Sainte-Orvaine", "1 RUE DE L HOPITAL", "59500", "DOUAI", "7364", size=""
    ),
    Registered("000200147", "Régie des eaux de l’Ostrevan", "3 RUE DU CANAL", "59500", "DOUAI", "4140"),
    Registered(
        "000200154", "Syndicat mixte du Val d’Orvaine", "PLACE DE LA MAIRIE", "59500", "DOUAI", "7354", size=""
    ),
    Registered(
        "000200162", "Association Jardins partagés Peltrac", "5 ALLEE DES LILAS", "93500", "PANTIN", "9220", size=""
    ),
    Registered(
        "356000000",
        "La Poste",
        "9 RUE DU COLONEL PIERRE AVIA",
        "75015",
        "PARIS 15EME",
        "5510",
        naf="53.10Z",
        naf_2025="53.10",
        size="GE",
        nic="0004",  # the head office, whose SIRET ends with 00048 and passes Luhn
        created_on="1991-01-01",
        sites=(("59000", "LILLE"), ("69007", "LYON 7EME")),
    ),
)

REGISTER: tuple[Registered, ...] = (*_buyers(), *_NEIGHBOURS)
BY_SIREN = {company.siren: company for company in REGISTER}


def find(text: str, postcode: str = "") -> list[Registered]:
    """The companies whose names hold a word of the text (or the beginning of one), the most words first."""
    wanted = _words(text)
    scored = []
    for company in REGISTER:
        names = "" if company.is_hidden else f"{company.public_name} {company.acronym} {company.trade_name}"
        held = _words(names)
        score = sum(any(word.startswith(one) or one.startswith(word) for word in held) for one in wanted)
        if score * 2 >= len(wanted) > 0 and (not postcode or any(postcode == site[2] for site in company.all_sites())):
            scored.append((-score, abs(len(held) - len(wanted)), company.siren, company))
    return [company for *_, company in sorted(scored)]


def _words(text: str) -> list[str]:
    spaced = "".join(c if c.isalnum() else " " for c in plain(text).lower())
    return [word for word in spaced.split() if len(word) > 2]
