import re

import pytest
from django.conf import settings

from factortaboite.typography import typeset

TEMPLATES = settings.BASE_DIR / "templates"
# What a reader does not see: template tags, comments, elements with their attributes.
UNSEEN = re.compile(
    r"\{%.*?%\}|\{#.*?#\}|<!--.*?-->|<[a-zA-Z/!](?:\{%.*?%\}|\{\{.*?\}\}|(?!\{[%{])[^<>])*>", re.DOTALL
)
LOOSE = re.compile(r"(?<!\s) (?=[:;?!»%€])|(?<=«) ")


@pytest.mark.parametrize(
    ("sentence", "set_type"),
    [
        pytest.param(
            "Qui paie ? Le client : « Oui » !", "Qui paie\xa0? Le client\xa0: «\xa0Oui\xa0»\xa0!", id="marks"
        ),
        pytest.param("90 % de 1 000 €", "90\xa0% de 1 000\xa0€", id="signs"),
        pytest.param("2 Mo en 5 min ou 8 sociétés", "2\xa0Mo en 5\xa0min ou 8 sociétés", id="units"),
        pytest.param("à 8:30, sans espace!", "à 8:30, sans espace!", id="nothing to glue"),
    ],
)
def test_marks_stay_with_their_word(sentence, set_type):
    assert typeset(sentence) == set_type


def test_no_line_of_a_page_begins_with_a_mark():
    seen = {path.relative_to(TEMPLATES): UNSEEN.sub("", path.read_text()) for path in TEMPLATES.rglob("*.html")}
    assert len(seen) > 100
    assert {path: LOOSE.findall(text) for path, text in seen.items() if LOOSE.search(text)} == {}
