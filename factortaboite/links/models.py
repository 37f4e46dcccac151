"""What every personal link is, whatever it leads to."""

import hashlib
import secrets
from datetime import date, datetime, time, timedelta

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from factortaboite.accounts.models import TenantModel, TenantQuerySet
from factortaboite.mail.models import OutgoingMail

TOKEN_BYTES = 32


def new_token() -> str:
    """A secret that nobody guesses: it goes into the mail, and nowhere else."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """What is kept of a link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def end_of(day: date) -> datetime:
    """When a link ends that is good until that day, included."""
    return datetime.combine(day + timedelta(days=1), time.min, timezone.get_current_timezone())


class PersonalLinkQuerySet(TenantQuerySet):
    def usable(self):
        return self.filter(revoked_at=None, expires_at__gt=Now())

    def revoke(self) -> None:
        """Closes those that are open."""
        self.filter(revoked_at=None).update(revoked_at=Now())


class PersonalLink(TenantModel):
    """Somebody's way to one page, without an account. Only the token's SHA-256 is kept: nobody can rebuild the link
    from here."""

    token_sha256 = models.CharField(max_length=64, unique=True)
    mail = models.OneToOneField(OutgoingMail, on_delete=models.PROTECT, null=True, related_name="+")
    sent_to = models.EmailField("destinataire")
    expires_at = models.DateTimeField("expire")
    revoked_at = models.DateTimeField("révoqué", null=True, blank=True)
    views = models.PositiveIntegerField("lectures", default=0)
    first_viewed_at = models.DateTimeField("première lecture", null=True, blank=True)
    last_viewed_at = models.DateTimeField("dernière lecture", null=True, blank=True)

    objects = PersonalLinkQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()

    @property
    def last_day(self) -> date:
        """The last day on which it works: it expires as the next one begins."""
        return timezone.localdate(self.expires_at - timedelta(microseconds=1))

    @property
    def takes_answers(self) -> bool:
        """Whether what is sent from its page is taken: it may have been opened while the link was usable."""
        return self.is_usable

    def record_view(self) -> None:
        """Counts one reading by the person it was sent to."""
        type(self)._default_manager.filter(pk=self.pk).update(
            views=F("views") + 1, first_viewed_at=Coalesce("first_viewed_at", Now()), last_viewed_at=Now()
        )
