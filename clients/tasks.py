from celery import shared_task

from clients.services import read_portfolio_file
from clients.services.audits import render_audit
from clients.services.bulk_decisions import make_bulk_decision
from clients.services.cleaning import go_on_cleaning
from clients.services.watch import perform


@shared_task
def read_portfolio_file_task(file_id: int) -> None:
    read_portfolio_file(file_id)


@shared_task
def clean_list_task(cleaning_id: int) -> None:
    go_on_cleaning(cleaning_id)


@shared_task
def make_bulk_decision_task(decision_id: int) -> None:
    make_bulk_decision(decision_id)


@shared_task
def watch_task(duty: str) -> None:
    perform(duty)


@shared_task
def render_audit_task(audit_id: int) -> None:
    render_audit(audit_id)
