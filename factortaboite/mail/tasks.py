from celery import shared_task

from factortaboite.mail.services import send_mail


@shared_task
def send_mail_task(mail_id: int) -> None:
    send_mail(mail_id)
