"""What kombu is not left alone with, and the tasks that are called by their names."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from factortaboite.celery import PlainChannel, app


@pytest.mark.parametrize(
    "connection",
    [
        pytest.param(None, id="channel-closed"),
        pytest.param(SimpleNamespace(client=None), id="connection-closed"),
    ],
)
def test_a_channel_that_was_cut_off_says_so_in_a_way_that_workers_expect(connection):
    channel = PlainChannel.__new__(PlainChannel)
    channel.connection = connection
    with pytest.raises(ConnectionError):
        channel._connparams()


def test_every_task_that_is_called_by_its_name_exists_and_has_a_queue():
    # Imported here: a suite cut in parts by its files must not need another file for them.
    app.loader.import_default_modules()
    sources = [path for floor in ("factortaboite", "clients", "quotes") for path in Path(floor).rglob("*.py")]
    names = {name for path in sources for name in re.findall(r'"([\w.]+\.tasks\.\w+)"', path.read_text())}
    assert "quotes.tasks.ask_partner_task" in names
    assert names <= set(app.tasks)
    assert all(app.amqp.router.route({}, name)["queue"].name != app.conf.task_default_queue for name in names)
