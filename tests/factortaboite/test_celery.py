"""What kombu is not left alone with."""

from types import SimpleNamespace

import pytest

from factortaboite.celery import PlainChannel


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
