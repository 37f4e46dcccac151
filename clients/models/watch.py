from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Duty(models.TextChoices):
    """What the watch over all portfolios does, each by itself: one that fails holds back no other."""

    NOTICES = "notices", "annonces du BODACC"
    NEWCOMERS = "newcomers", "annonces sur les nouveaux acheteurs"
    COMPANIES = "companies", "état des sociétés"
    DIGEST = "digest", "courriel du matin"


class WatchQuerySet(models.QuerySet):
    def due(self):
        """To be worked at now, by nobody yet."""
        return self.filter(Q(held_until=None) | Q(held_until__lt=Now()), due_at__lte=Now())


class WatchState(models.Model):
    """How far one duty of the watch has come: what a restart finds again. All times are the database's.

    While it is worked at, `holder` has it until `held_until`. `started_at` and `read_from` are those of a night that
    takes several goes; `read_until` is the last day of publication that was read, `done_at` when it was last up to
    date. `failing_since` stands for as long as the registry does not answer, `trouble` is what it said.
    """

    duty = models.CharField("travail", max_length=10, choices=Duty, primary_key=True)
    due_at = models.DateTimeField("prochain passage", db_default=Now())
    woken_at = models.DateTimeField("dernier réveil", null=True, blank=True)
    holder = models.UUIDField(null=True, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField("passage commencé", null=True, blank=True)
    read_from = models.DateField("à reprendre au", null=True, blank=True)
    read_until = models.DateField("lu jusqu’au", null=True, blank=True)
    done_at = models.DateTimeField("à jour au", null=True, blank=True)
    failures = models.PositiveIntegerField("échecs de suite", default=0, db_default=0)
    failing_since = models.DateTimeField("en échec depuis", null=True, blank=True)
    trouble = models.TextField("dernière difficulté", blank=True, default="", db_default="")

    objects = WatchQuerySet.as_manager()

    class Meta:
        verbose_name = "état de la surveillance"
        verbose_name_plural = "états de la surveillance"

    def __str__(self) -> str:
        return self.get_duty_display()
