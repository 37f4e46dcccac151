from celery import shared_task

from quotes.engine.runner import run_account
from quotes.services.documents import render_proposal


@shared_task
def ask_partner_task(account_id: int) -> None:
    if run_account(account_id):
        ask_partner_task.delay(account_id)


@shared_task
def render_proposal_task(proposal_id: int) -> None:
    render_proposal(proposal_id)
