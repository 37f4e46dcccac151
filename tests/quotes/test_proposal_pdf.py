"""The offer on paper: what it says, that its figures are the comparison's, and that everybody can read it."""

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.template.loader import render_to_string
from outloud import check
from pypdf import PdfReader

from factortaboite.pdf import render_pdf
from quotes.comparison import PartnerAnswers, compare
from quotes.pricing.annual_cost import price, tax_rates_on
from quotes.pricing.excesses import Excesses
from quotes.proposal_content import ClientIdentity, FirmIdentity, ProposalContent, write_proposal
from tests.quotes.test_what_if import CURRENT, PAST
from tests.quotes.valmorin import BUYERS, DAY, PARTNERS

pytestmark = pytest.mark.long

FIRM = FirmIdentity(
    name="Cabinet Démo",
    legal_form="SAS au capital de 10 000 €",
    siren="000100982",
    address="12 rue de la Démonstration\n75000 Paris",
    phone="01 00 00 00 00",
    email="bonjour@cabinet-demo.example",
    orias_number="00000000",
    orias_categories="courtier d’assurance (COA)",
    professional_body="association professionnelle fictive",
)
CLIENT = ClientIdentity("Valmorin Négoce SAS", "000100990", "8 quai des Matériaux\n69000 Lyon", "Mme Odile Ferrand")


def proposal(comparison, **changes):
    return write_proposal(
        **{
            "reference": "2026-0042",
            "version": 1,
            "issued_on": DAY,
            "valid_until": date(2026, 12, 22),
            "firm": FIRM,
            "client": CLIENT,
            "author": "Bastien Corvelle",
            "author_email": "courtier@cabinet-demo.example",
            "comparison": comparison,
            "sandbox": True,
            **changes,
        }
    )


def html_of(content):
    return render_to_string("quotes/pdf/proposal.html", {"proposal": content})


def pages_of(content):
    reader = PdfReader(BytesIO(render_pdf(html_of(content))))
    return [plain(page.extract_text()) for page in reader.pages]


def plain(text):
    return re.sub(r"\s+", " ", text.replace("\u202f", " ").replace("\u00a0", " "))


@pytest.fixture(scope="module")
def demo():
    return proposal(compare(BUYERS, PARTNERS, on=DAY))


@pytest.fixture(scope="module")
def html(demo):
    return html_of(demo)


@pytest.fixture(scope="module")
def pdf(html):
    return render_pdf(html)


@pytest.fixture(scope="module")
def pages(pdf):
    return [plain(page.extract_text()) for page in PdfReader(BytesIO(pdf)).pages]


def nothing_priced():
    return compare(BUYERS, [replace(partner, priced=None) for partner in PARTNERS], on=DAY)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda: proposal(compare(BUYERS, PARTNERS, on=DAY)), id="demo"),
        pytest.param(lambda: proposal(compare(BUYERS, PARTNERS[:1], on=DAY), sandbox=False), id="one-partner"),
        pytest.param(lambda: proposal(nothing_priced()), id="no-prices"),
        pytest.param(
            lambda: proposal(compare(BUYERS, [PartnerAnswers("d", "Assureur D")], on=DAY)), id="nobody-answered"
        ),
        pytest.param(
            lambda: proposal(compare(BUYERS, [*PARTNERS, *[replace(PARTNERS[2], code=c) for c in "de"]], on=DAY)),
            id="five-partners",
        ),
        pytest.param(
            lambda: proposal(compare(BUYERS, PARTNERS, on=DAY, past=PAST, current=CURRENT)), id="current-contract"
        ),
    ],
)
def test_everybody_can_read_it(content, tmp_path):
    """PDF/UA-1 and WCAG, as outloud checks them."""
    path = tmp_path / "offre.pdf"
    path.write_bytes(render_pdf(html_of(content())))
    result = check(str(path))
    assert result.error is None
    assert [finding for finding in result.findings if finding.severity == "error"] == []
    assert result.stats["tagged"]


def test_the_letter_recommends_and_gives_the_reasons(pages):
    letter = pages[0]
    assert "Valmorin Négoce SAS Mme Odile Ferrand 8 quai des Matériaux 69000 Lyon" in letter
    assert "Le 22 novembre 2026" in letter
    assert "Offre 2026-0042, valable jusqu’au 22 décembre 2026" in letter
    assert "90,8 % de vos demandes garanties par Assureur B" in letter
    assert (
        "Notre recommandation va à Assureur B. Il garantit 990 000 € sur les 1 090 000 € demandés et ne refuse aucun "
        "de vos cinq premiers acheteurs. Selon nos estimations, il coûte 4 559,10 € de plus par an que le moins "
        "cher, pour 440 000 € de garantie en plus. Reste à découvert : 100 000 €, dont 50 000 € sur Centrale Ostrevan."
        in letter
    )
    assert (
        "Son budget est de 16 447,20 € par an, taxes et frais compris, soit 16,61 € pour 1 000 € garantis." in letter
    )
    assert "vous recevriez 270 000 € sur une perte de 300 000 €" in letter
    assert "Assureur A, que nous estimons à 11 888,10 € par an, ne garantit que 550 000 €." in letter
    assert "Bastien Corvelle" in letter


def test_the_partners_stand_side_by_side(pages):
    page = pages[1]
    assert "simulateur au format Atradius" in page
    assert "90,8 % 990 000 €" in page
    assert "72,9 % 795 000 € jusqu’à 815 000 € selon les réponses attendues" in page
    assert "91,5 % 72,3 % 42,6 %" in page
    assert "16,61 € 18,23 € 21,61 €" in page
    assert "90 % 85 % 90 %" in page
    assert "432 000 € 315 000 € 204 000 €" in page
    assert "270 000 € 170 000 € 0 €" in page
    assert "Franchises" not in page


def test_what_to_know_first_stands_before_the_figures(pages):
    first, _, figures = pages[1].partition("Part garantie")
    assert "À savoir d’abord" in first
    assert "Assureur A. Refuse 2 de vos 5 premiers acheteurs : Halbronne Promotion" in first
    assert "Plafond annuel de 204 000 €" in first
    assert "provisoires" not in first  # said of all of them: once, above the matrix
    assert "Refuse" not in figures


def test_the_others_are_explained(pages):
    assert "4 080 € de prime HT par an seraient payés sur des ventes qu’il ne garantit pas" in pages[3]


KEEPING = Excesses(Decimal(2_000), Decimal(300), Decimal(10_000))
FIVE = [
    *PARTNERS,
    replace(PARTNERS[2], code="d", name="Assureur D"),
    replace(PARTNERS[0], code="e", name="Assureur E"),
]


@pytest.mark.parametrize("current", [None, CURRENT], ids=["alone", "beside-the-current-contract"])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_the_layout_holds(count, current):
    """The partners side by side on one page, the 17 buyers on the next, and no page left nearly empty."""
    partners = FIVE[:count] if count > 1 else FIVE[1:2]
    first = partners[0]
    keeping = replace(first, priced=replace(first.priced, terms=replace(first.priced.terms, excesses=KEEPING)))
    pages = pages_of(proposal(compare(BUYERS, [keeping, *partners[1:]], on=DAY, past=PAST, current=current)))
    assert "Les assureurs côte à côte" in pages[1]
    assert "2 000 € par sinistre, rien jusqu’à 300 €, 10 000 € par an" in pages[1]
    assert "Vous recevriez, si Halbronne Promotion ne payait plus" in pages[1]
    assert "Chaque acheteur, chez chaque assureur" in pages[2]
    assert "Total 1 090 000 €" in pages[2]
    assert ("Contrat actuel" in pages[2]) == (current is not None)
    assert "sous une franchise atteinte, une perte n’est pas indemnisée" in " ".join(pages[3:])
    assert min(map(len, pages[:-1])) > 900
    assert "Votre accord" in pages[-1]
    assert "Qui nous sommes" in pages[-1]
    assert len(pages) <= 8


def test_every_answer_is_a_word_and_an_amount(pages):
    page = pages[2]
    assert "Halbronne Promotion 000 100 001 300 000 € accordé 300 000 € partiel 200 000 € refusé" in page
    assert "Norvik Handels GmbH DE 136 695 976 · export" in page
    assert "20 000 € accordé 20 000 € sans réponse accordé 20 000 €" in page
    assert "Total 1 090 000 € 990 000 € 795 000 € 550 000 €" in page
    assert "on atteindrait 1 060 000 € : personne ne vend cette addition" in page


def test_the_costs_add_up_on_the_page(pages):
    rest = " ".join(pages[3:])
    for line in (
        "Prime, ventes en France 5 700 000,00 € 0,24 % 13 680,00 €",
        "Prime, ventes à l’export 300 000,00 € 0,24 % 720,00 €",
        "Taxe sur les conventions d’assurance, part française 13 680,00 € 9 % 1 231,20 €",
        "Frais d’enquête et de surveillance 17 acheteurs 40,00 € 680,00 €",
        "TVA sur les frais 680,00 € 20 % 136,00 €",
        "Total annuel, taxes et frais compris 16 447,20 €",
        "Total annuel, taxes et frais compris 14 493,30 €",
        "Total annuel, taxes et frais compris 11 888,10 €",
    ):
        assert line in rest
    assert rest.count("estimation du cabinet") == 4


def test_what_stays_open_and_what_it_rests_on(pages):
    rest = " ".join(pages[3:])
    assert "Centrale Ostrevan 50 000 € Tôlerie Brisquenot 20 000 € Atelier Nivoisy 20 000 €" in rest
    assert "Jardins Peltrac réponse attendue 20 000 €" in rest
    assert "Un test à blanc n’est pas une garantie." in rest
    assert "chiffre d’affaires assurable de 6 000 000 € HT, dont 300 000 € à l’export" in rest
    assert "Notre rémunération n’y entre pas." in rest
    assert "Cet accord n’est pas la souscription d’un contrat." in rest
    assert "Cette offre est valable jusqu’au 22/12/2026." in rest


def test_every_page_says_who_writes_and_that_it_is_fictitious(pages):
    """Name, business address and ORIAS number on every letter (C. assur. R521-4)."""
    for number, page in enumerate(pages, start=1):
        assert "Données fictives : assureurs simulés" in page
        assert "Cabinet Démo, SAS au capital de 10 000 €, SIREN 000 100 982" in page
        assert "12 rue de la Démonstration, 75000 Paris" in page
        assert "ORIAS n° 00000000, courtier d’assurance (COA)" in page
        assert f"page {number} / {len(pages)}" in page


def test_a_real_offer_says_nothing_of_fiction_and_a_firm_price_is_no_estimate(demo):
    firm_prices = [replace(partner, priced=replace(partner.priced, is_estimate=False)) for partner in PARTNERS]
    text = " ".join(pages_of(proposal(compare(BUYERS, firm_prices, on=DAY), sandbox=False, version=2)))
    assert "fictives" not in text
    assert "estimation" not in text
    assert "Offre 2026-0042 v2" in text


def test_a_forfait_is_printed_as_one_price():
    b = PARTNERS[1]
    forfait = price(replace(b.priced.terms, all_in_price=Decimal(9_000)), tax_rates_on(DAY), is_estimate=False)
    text = " ".join(pages_of(proposal(compare(BUYERS, [PARTNERS[0], replace(b, priced=forfait)], on=DAY))))
    assert "9 000,00 € forfait 11 888,10 € estimation du cabinet" in text
    assert "Forfait, taxes et frais compris 9 000,00 € 9 000,00 €" in text
    assert "Le prix d’un forfait comprend taxes et frais." in text


def test_without_any_cover_nothing_is_recommended():
    content = proposal(compare(BUYERS, [PartnerAnswers("d", "Assureur D")], on=DAY))
    text = " ".join(pages_of(content))
    assert "nous ne vous recommandons aucun contrat" in text
    assert "Notre recommandation va" not in text
    assert "Votre accord" not in text


def test_the_cheapest_is_not_scolded_when_it_is_the_recommended_one():
    content = proposal(compare(BUYERS, PARTNERS[:1], on=DAY))
    assert not any("Le moins cher" in paragraph for paragraph in content.letter)
    assert "à un assureur, Assureur A" in content.letter[0]


def test_nothing_comes_from_outside_and_what_people_type_is_escaped():
    content = proposal(
        compare(BUYERS, PARTNERS, on=DAY),
        client=replace(CLIENT, name="<script>alert(1)</script>", address="<img src='http://x.test/'>"),
    )
    html = html_of(content)
    assert "<script" not in html
    assert "<img src='http" not in html
    assert set(re.findall(r'src="(\w+):', html)) == {"data"}
    assert render_pdf(html)


def test_tables_are_marked_up_for_screen_readers(html):
    assert re.findall(r"<th(?![^>]* scope=)[ >]", html) == []
    for head in re.findall(r"<thead>\s*<tr>\s*<(\w+)", html):
        assert head == "td"  # a corner names no column
    assert len(re.findall(r'<img[^>]* alt="[^"]+', html)) == html.count("<img") == 3


def test_no_line_ends_before_a_colon(html):
    text = re.sub(r"<[^>]+>", " ", re.sub(r"<head>.*?</head>", "", html, flags=re.DOTALL)).replace("&nbsp;", "\u00a0")
    assert re.findall(r"\w [:;?!»]|« ", text) == []
    assert "'" not in text


def test_frozen_and_read_back_it_prints_the_same_bytes(demo, pdf):
    frozen = json.loads(json.dumps(demo.to_dict()))
    assert ProposalContent.from_dict(frozen) == demo
    assert render_pdf(html_of(ProposalContent.from_dict(frozen))) == pdf
