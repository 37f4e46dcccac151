"""The system's Chromium on the product's own web server, with everything it must not say collected on the way."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from factortaboite.servers.stack import start_web
from factortaboite.servers.supervisor import free_port

# Without the windows that nobody sees, where the distribution has it so.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# How long a page is waited for, in milliseconds: it only ends what is broken, however busy the machine is.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
# Best-practice rules are opinions; these tags are WCAG 2.2, levels A and AA.
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def pytest_collection_modifyitems(items):
    # Files of a minute or more begin first, lest everything else waits for them at the end.
    long = {item.path for item in items if "browser" in item.keywords or "long" in item.keywords}
    items.sort(key=lambda item: item.path not in long)
    for item in items:
        if "browser" in item.keywords and not CHROMIUM:
            if os.environ.get("CI"):
                raise pytest.UsageError("Chromium is missing: .ci/run installs it")
            item.add_marker(pytest.mark.skip(reason="Chromium n’est pas installé"))


@dataclass
class Visitor:
    """Somebody in front of a page. `complaints` must stay empty: console messages, errors, requests to strangers."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.address + path)

    def listen(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", self._request)

    def check_accessibility(self, name: str) -> None:
        """WCAG 2.2 AA in both themes, and no page wider than a phone.

        Looked at from the top: what is scrolled half under the bar is no small target.
        """
        self.page.evaluate("window.scrollTo(0, 0)")
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            results = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": WCAG}})
            for violation in results.response["violations"]:
                targets = [node["html"][:160] for node in violation["nodes"][:4]]
                self.complaints.append(f"{name}, {scheme}: {violation['id']}: {targets}")
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": 360, "height": 800})
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > 360:
            self.complaints.append(f"{name}: {wide} px wide on a 360 px screen")
        self.page.set_viewport_size(size)
        self.page.emulate_media(color_scheme="light")

    def _console(self, message: ConsoleMessage) -> None:
        self.complaints.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"request to {request.url}")


@pytest.fixture
def site(workers) -> str:
    """The address of the product's web server on the test database."""
    port = free_port()
    workers.environment["SITE_URL"] = f"http://127.0.0.1:{port}"
    start_web(workers, port)
    workers.wait_until_ready("web")
    return workers.environment["SITE_URL"]


@pytest.fixture
def chromium(site) -> Iterator[Browser]:
    """Playwright keeps an event loop in this thread: from here on a test asks the pages, not the database."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def new_visitor(site, chromium):
    """A function that opens a fresh browser profile."""

    def build() -> Visitor:
        context = chromium.new_context(
            viewport={"width": 1440, "height": 900}, locale="fr-FR", reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        visitor = Visitor(context.new_page(), site)
        visitor.listen()
        return visitor

    return build
