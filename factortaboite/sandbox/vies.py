"""Twin of VIES: valid numbers, invalid ones, and member states that are away."""

from datetime import UTC, datetime

from aiohttp import web

from factortaboite.demo.buyers import DEMO_BUYERS
from factortaboite.sandbox.faults import LIES
from factortaboite.sandbox.register import BY_SIREN, HIDDEN
from factortaboite.sandbox.twin import Twin

ABROAD = {buyer.id_value: buyer.name for buyer in DEMO_BUYERS if buyer.id_type == "vat"}
KEPT_BACK = ("DE", "ES")  # these member states tell neither name nor address


class ViesTwin(Twin):
    def __init__(self) -> None:
        super().__init__("vies")

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/ms/{country}/vat/{number}", self.check)]

    async def check(self, request: web.Request) -> web.Response:
        country, number = request.match_info["country"], request.match_info["number"]
        self.reach(request, "vat", country + number)
        lie = self.take_fault("vat", country + number, LIES)
        if lie and lie.kind == "wrong_shape":
            return web.json_response({"valid": "yes"})
        if lie and lie.kind == "member_state_away":
            return _answer(number, "MS_UNAVAILABLE")
        if lie:
            number = "00000000000"
        name, address = _known(country, number)
        return _answer(number, "VALID" if name else "INVALID", name or "---", address or "---")


def _known(country: str, number: str) -> tuple[str, str]:
    """Name and address as the member state tells them; empty for a number that is nobody's."""
    if country == "FR":
        siren = number[2:]
        company = BY_SIREN.get(siren)
        if company is None or company.is_closed or number[:2] != f"{int(siren + '12') % 97:02d}":
            return "", ""
        name = HIDDEN if company.is_hidden else company.public_name
        return name, f"{company.street}\n{company.postcode} {company.city}"
    name = ABROAD.get(country + number, "")
    return ("---" if name and country in KEPT_BACK else name), ""


def _answer(number: str, error: str, name: str = "---", address: str = "---") -> web.Response:
    return web.json_response(
        {
            "isValid": error == "VALID",
            "requestDate": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "userError": error,
            "name": name,
            "address": address,
            "requestIdentifier": "",
            "vatNumber": number,
        }
    )
