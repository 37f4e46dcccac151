"""The demonstration's other clients and the outside world's other companies do not meet by accident."""

from clients.portfolio.identifiers import identify
from factortaboite.demo.clients import DEMO_CLIENTS
from factortaboite.sandbox.notices import STANDING

BUYERS = [siren for client in DEMO_CLIENTS for _, siren, _ in client.buyers]
SIRENS = [client.siren for client in DEMO_CLIENTS] + BUYERS


def test_their_numbers_are_right_and_nobody_elses():
    assert len(set(SIRENS)) == len(SIRENS)
    for siren in SIRENS:
        assert identify(siren, country="FR").id_value == siren


def test_none_of_them_is_in_a_collective_procedure():
    assert not set(SIRENS) & {publication.siren for publication in STANDING}
