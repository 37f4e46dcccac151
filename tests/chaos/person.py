"""Somebody with a browser's manners: a session, a login, a form sent."""

import re
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from uuid import UUID

SECONDS = 300
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Person:
    def __init__(self, address: str, email: str, password: str) -> None:
        self.address, self.email, self.password = address, email, password
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        landed = self.send("/compte/connexion/", login=email, password=password)
        assert "/compte/connexion/" not in landed, "the login was refused"

    def send(self, path: str, **fields) -> str:
        """Fills in the form of a page; returns the address where that leads."""
        with self.opener.open(self.address + path, timeout=SECONDS) as page:
            token = TOKEN.search(page.read().decode())[1]
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}, doseq=True).encode()
        with self.opener.open(self.address + path, body, timeout=SECONDS) as page:
            return page.url

    def launch(self, snapshot: int, accounts: list[int], key: UUID) -> int:
        """Launches a market test; returns its number."""
        landed = self.send(f"/tests-a-blanc/nouveau/{snapshot}/", accounts=accounts, launch_key=key)
        return int(landed.rstrip("/").rpartition("/")[2])
