"""The only credentials the twins accept: the demo's accounts are filled from here, by connector code."""

from collections.abc import Mapping

CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "allianz_trade": {
        "api_key": "sandbox-allianz-trade-key",
        "business_unit_code": "EHFR",
        "policy_id": "000000",
    },
    "atradius": {
        "client_id": "sandbox-atradius",
        "client_secret": "sandbox-atradius-secret",
        "app_key": "sandbox-atradius-app",
        "customer_id": "100",
        "policy_id": "000000",
    },
    "coface": {
        "api_key": "sandbox-coface-key",
        "username": "sandbox-coface",
        "password": "sandbox-coface-password",
        "policy_number": "000000",
        "contract_id": "000000",
    },
}
SIRENE_KEY = "sandbox-sirene-key"
