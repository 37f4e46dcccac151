"""Names for addresses of lists: saved, shared, opened first, renamed, removed; nobody's but the firm's."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.models import FirstView, SavedView
from tests.factories import ClientFactory, SavedViewFactory, UserFactory
from tests.screens import count_queries, part_of, text_of

LIST = reverse("clients:client_list")
SAVE = reverse("clients:view_save")
MINE = "suivi=moi&tri=-demande"


def at(name: str, view: SavedView) -> str:
    return reverse(f"clients:view_{name}", args=[view.pk])


@pytest.fixture
def colleague_browser(user) -> Browser:
    browser = Browser()
    browser.force_login(UserFactory(firm=user.firm))
    return browser


@pytest.fixture
def direction_browser(user) -> Browser:
    browser = Browser()
    browser.force_login(UserFactory(firm=user.firm, direction=True))
    return browser


class TestSaving:
    def save(self, browser, **fields):
        return browser.post(SAVE, {"list_name": "clients", "query": MINE, "name": "Mes gros"} | fields, follow=True)

    def test_the_page_offers_its_own_address(self, browser, user):
        ClientFactory(firm=user.firm, owner=user)
        form = part_of(browser.get(f"{LIST}?{MINE}&apres=x~1"), f"form[action='{SAVE}']")
        assert form.select_one("[name=query]")["value"] == MINE
        assert not part_of(browser.get(LIST), "#client-table").select(f"form[action='{SAVE}']")

    def test_a_view_is_a_tab_and_says_that_it_is_shown(self, browser, user):
        response = self.save(browser)
        assert response.redirect_chain == [(f"{LIST}?{MINE}", 302)]
        assert "Vue « Mes gros » enregistrée : vous seul la voyez." in text_of(response)
        assert part_of(response, ".tabs [aria-current]").text.strip() == "Mes gros"
        view = SavedView.objects.get()
        assert (view.firm, view.owner, view.query, view.is_shared) == (user.firm, user, MINE, False)

    def test_the_same_name_shows_this_from_now_on(self, browser):
        self.save(browser)
        self.save(browser, query="etat=testee", is_shared="on")
        view = SavedView.objects.get()
        assert (view.query, view.is_shared) == ("etat=testee", True)

    def test_the_place_in_the_list_is_not_kept(self, browser):
        self.save(browser, query=f"{MINE}&apres=x~1&page=fin&avant=y~2")
        assert SavedView.objects.get().query == MINE

    @pytest.mark.parametrize(
        "fields",
        [
            pytest.param({"name": " "}, id="no name"),
            pytest.param({"name": "x" * 61}, id="a name too long"),
            pytest.param({"query": "q=" + "x" * 2001}, id="an address too long"),
            pytest.param({"list_name": "contracts"}, id="no such list"),
        ],
    )
    def test_refusals(self, browser, fields):
        assert self.save(browser, **fields).status_code == 200
        assert not SavedView.objects.exists()


class TestSeeing:
    def test_ones_own_and_what_the_firm_shares(self, browser, user):
        SavedViewFactory(owner=user, name="La mienne")
        SavedViewFactory(owner__firm=user.firm, name="Du cabinet", is_shared=True)
        SavedViewFactory(owner__firm=user.firm, name="D’une collègue")
        SavedViewFactory(name="D’ailleurs", is_shared=True)
        SavedViewFactory(owner=user, name="D’acheteurs", list_name="buyers")
        ClientFactory(firm=user.firm)
        tabs = [link.text.strip() for link in part_of(browser.get(LIST), ".tabs").select("a")]
        assert tabs == ["Tout", "Du cabinet", "La mienne"]

    @pytest.mark.parametrize("action", ["open", "change", "first", "delete"])
    def test_other_firms_and_other_peoples_own_views_are_not_there(
        self, action, user, colleague_browser, stranger_browser
    ):
        mine = SavedViewFactory(owner=user)
        shared = SavedViewFactory(owner=user, is_shared=True)
        visits = [(colleague_browser, mine), (stranger_browser, mine), (stranger_browser, shared)]
        for browser, view in visits:
            method = browser.get if action == "open" else browser.post
            assert method(at(action, view), {"name": "Prise"}).status_code == 404
        assert SavedView.objects.filter(name=mine.name).exists()

    def test_the_short_address_leads_a_colleague_to_the_long_one(self, user, colleague_browser):
        view = SavedViewFactory(owner=user, query=MINE, is_shared=True)
        assert colleague_browser.get(at("open", view)).url == f"{LIST}?{MINE}"
        whole = SavedViewFactory(owner=user, query="", is_shared=True)
        assert colleague_browser.get(at("open", whole)).url == f"{LIST}?tout=1"

    def test_takes_as_many_queries_for_twenty_views_as_for_one(self, browser, user):
        SavedViewFactory(owner=user)
        queries = count_queries(browser, f"{LIST}?tout=1")
        SavedViewFactory.create_batch(19, owner__firm=user.firm, is_shared=True)
        assert count_queries(browser, f"{LIST}?tout=1") == queries


class TestChanging:
    def test_its_owner_renames_shares_and_removes_it(self, browser, user):
        view = SavedViewFactory(owner=user, query=MINE)
        response = browser.post(at("change", view), {"name": "Les gros", "is_shared": "on"})
        assert response.url == f"{LIST}?{MINE}"
        view.refresh_from_db()
        assert (view.name, view.is_shared) == ("Les gros", True)
        browser.post(at("delete", view))
        assert not SavedView.objects.exists()

    def test_a_name_that_its_owner_uses_is_refused(self, browser, user):
        first, second = SavedViewFactory.create_batch(2, owner=user)
        response = browser.post(at("change", second), {"name": first.name}, follow=True)
        assert "Une autre vue porte déjà ce nom." in text_of(response)

    def test_a_colleague_may_not_and_the_direction_may(self, user, colleague_browser, direction_browser):
        view = SavedViewFactory(owner=user, is_shared=True)
        assert colleague_browser.post(at("change", view), {"name": "Prise"}).status_code == 403
        assert colleague_browser.post(at("delete", view)).status_code == 403
        direction_browser.post(at("change", view), {"name": "Rangée", "is_shared": "on"})
        assert SavedView.objects.get().name == "Rangée"


class TestFirst:
    def test_the_list_opens_with_it_until_told_otherwise(self, browser, user):
        view = SavedViewFactory(owner__firm=user.firm, query=MINE, is_shared=True)
        browser.post(at("first", view), {"en_premier": 1})
        assert browser.get(LIST).url == f"{LIST}?{MINE}"
        assert browser.get(LIST, {"tout": 1}).status_code == 200
        other = SavedViewFactory(owner=user, query="etat=testee")
        browser.post(at("first", other), {"en_premier": 1})
        assert browser.get(LIST).url == f"{LIST}?etat=testee"
        browser.post(at("first", other))
        assert browser.get(LIST).status_code == 200

    def test_it_is_each_persons_own(self, browser, user, colleague_browser):
        view = SavedViewFactory(owner=user, query=MINE, is_shared=True)
        browser.post(at("first", view), {"en_premier": 1})
        assert colleague_browser.get(LIST).status_code == 200

    def test_a_view_that_is_no_longer_shared_opens_nobody_elses_list(self, browser, user, colleague_browser):
        view = SavedViewFactory(owner=user, query=MINE, is_shared=True)
        for visitor in (browser, colleague_browser):
            visitor.post(at("first", view), {"en_premier": 1})
        browser.post(at("change", view), {"name": view.name})
        assert colleague_browser.get(LIST).status_code == 200
        assert browser.get(LIST).status_code == 302
        assert FirstView.objects.get().user == user
