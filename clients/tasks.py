from celery import shared_task

from clients.services import read_portfolio_file


@shared_task
def read_portfolio_file_task(file_id: int) -> None:
    read_portfolio_file(file_id)
