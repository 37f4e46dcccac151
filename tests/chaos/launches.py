"""How a market test may come to be launched. Each leaves the site with its market tests under way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.error import URLError
from uuid import uuid4

from factortaboite.servers.stack import PYTHON
from factortaboite.servers.supervisor import Service, free_port, port_answers
from tests.chaos.person import Person
from tests.chaos.site import Site

Launch = Callable[[Site], None]


def once(site: Site) -> None:
    """One click."""
    site.launch()


def double_click(site: Site) -> None:
    """The same form sent three times at once: one market test."""
    key = uuid4()
    with ThreadPoolExecutor() as clicks:
        launched = list(clicks.map(lambda click: site.launch(key=key), range(3)))
    assert len(set(launched)) == 1, launched


def two_people(site: Site) -> None:
    """Two users launch the same list at the same moment: two market tests, each with its own references."""
    with ThreadPoolExecutor() as clicks:
        launched = list(clicks.map(lambda person: site.launch(person=person), range(2)))
    assert len(set(launched)) == 2, launched


def killed_web(site: Site) -> None:
    """The web dies between the commit and the wake-up; the user, who saw an error, sends the form again."""
    port, key = free_port(), uuid4()
    command = [PYTHON, "-m", "gunicorn", "tests.chaos.mortal_web", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    command += ["--timeout", "120", "--no-control-socket"]
    site.add(Service("mortal-web", "Site mortel", command, lambda: port_answers(port)))
    user = Person(f"http://127.0.0.1:{port}", site.people[0].email, site.people[0].password)
    try:
        user.launch(site.snapshot, site.accounts, key)
    except (ConnectionError, URLError):
        site.remove("mortal-web")
    else:
        raise AssertionError("the web survived")
    ((number,),) = site.query("SELECT id FROM quotes_markettest WHERE launch_key = %s", str(key))
    site.expect(key, number)
    assert site.launch(key=key) == number


LAUNCHES: tuple[Launch, ...] = (once, double_click, two_people, killed_web)
