"""What allauth writes to people leaves by the outbox, like every other mail: no visitor waits for a mail server."""

from factortaboite.accounts.adapter import ClosedSignupAdapter
from factortaboite.mail.services import queue_mail
from factortaboite.mail.smtp import LINK_PLACE


class OutboxAdapter(ClosedSignupAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        user, link = context.get("user"), context.get("password_reset_url", "")
        message = self.render_mail(
            template_prefix, email, context | {"email": email, "password_reset_url": LINK_PLACE}
        )
        queue_mail(firm=user and user.firm, to=email, subject=message.subject, body=message.body, link=link)
