"""The reference of one_task_per_question: a Celery task for every question, with a blocking client."""

import json
import urllib.request

import django
from celery import Celery

django.setup()

from django.db import connection  # noqa: E402

app = Celery("benchmarks.pair_tasks")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_routes = {"benchmarks.pair_tasks.*": {"queue": "pairs"}}


@app.task
def ask_one_question(url: str, reference: str, identifier: str, amount: int) -> None:
    body = json.dumps({"reference": reference, "identifier": identifier, "amount": amount}).encode()
    request = urllib.request.Request(f"{url}/answer", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        raw = reply.read()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pair_answers VALUES (%s, %s, %s) ON CONFLICT (reference) DO NOTHING",
            [reference, json.loads(raw)["granted"], raw],
        )
