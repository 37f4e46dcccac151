"""Twin of the BODACC on opendatasoft (API v2.1), with a few weeks of notices that end today.

More are published through `/control`: `{"partner": "bodacc", "notices": [{"siren": …, "nature": …, "days_ago": 0}]}`,
with the members of `Publication`.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from factortaboite.sandbox.faults import LIES
from factortaboite.sandbox.notices import STANDING, Publication, record
from factortaboite.sandbox.twin import Twin

MOST_AT_ONCE = 100
WINDOW = 10_000
_FAMILIES = re.compile(r"familleavis in \(([^)]*)\)")
_FAMILY = re.compile(r'familleavis="([^"]*)"')
_ON = re.compile(r'dateparution="(\d{4}-\d{2}-\d{2})"')
_SINCE = re.compile(r'dateparution>="(\d{4}-\d{2}-\d{2})"')
_REGISTER = re.compile(r'registre="([^"]*)"')


class BodaccTwin(Twin):
    def __init__(self) -> None:
        self._published: list[Publication] = []
        super().__init__("bodacc")
        self.latency_seconds = (0.05, 0.2)

    def error(self, status: int, text: str) -> web.Response:
        return web.json_response({"error_code": "ODSQLError", "message": text}, status=status)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/explore/v2.1/catalog/datasets/annonces-commerciales/records", self.records)]

    def set(self, settings: Mapping[str, Any]) -> None:
        others = dict(settings)
        published = [Publication(**notice) for notice in others.pop("notices", [])]
        super().set(others)
        self._published += published

    def reset(self) -> None:
        super().reset()
        self._published.clear()

    async def records(self, request: web.Request) -> web.Response:
        self.reach(request, "notices")
        where = request.query.get("where", "")
        limit, offset = int(request.query.get("limit", "10")), int(request.query.get("offset", "0"))
        if not 1 <= limit <= MOST_AT_ONCE or not 0 <= offset <= WINDOW - limit:
            self.reject(400, f"Invalid value for limit or offset API parameter: {limit}, {offset}")
        lie = self.take_fault("notices", "", LIES)
        if lie:
            return web.json_response({"nhits": 1, "records": [{"fields": {"id": "A1"}}]})
        records = [entry for entry in self._all() if _matches(entry, where)]
        records.sort(key=lambda entry: (entry["dateparution"], entry["id"]))
        return web.json_response({"total_count": len(records), "results": records[offset : offset + limit]})

    def _all(self) -> list[dict[str, Any]]:
        today = date.today()
        return [
            record(publication, number, today - timedelta(days=publication.days_ago))
            for number, publication in enumerate((*STANDING, *self._published), 1)
        ]


def _matches(entry: dict[str, Any], where: str) -> bool:
    families = _FAMILY.findall(where)
    if listed := _FAMILIES.search(where):
        families = re.findall(r'"([^"]*)"', listed[1])
    on, since, registers = _ON.search(where), _SINCE.search(where), _REGISTER.findall(where)
    held = entry["registre"] if isinstance(entry["registre"], list) else [entry["registre"]]
    return (
        (not families or entry["familleavis"] in families)
        and (not on or entry["dateparution"] == on[1])
        and (not since or entry["dateparution"] >= since[1])
        and (not registers or any(register in held for register in registers))
    )
