from celery import shared_task

from factortaboite.mail.bounces import read_bounces
from factortaboite.mail.services import send_mail


@shared_task
def send_mail_task(mail_id: int) -> None:
    send_mail(mail_id)


@shared_task
def read_bounces_task() -> None:
    read_bounces()
