"""The product's settings with the bench partner added to the connectors."""

from factortaboite.settings import *  # noqa: F403
from factortaboite.settings import PARTNER_CONNECTORS

PARTNER_CONNECTORS = [*PARTNER_CONNECTORS, "benchmarks.partner.BenchPartner"]
