from django.conf import settings
from django.db import models
from django.db.models import Q

from factortaboite.accounts.enums import Role
from factortaboite.accounts.models import TenantModel, TenantQuerySet

LONGEST_ADDRESS = 2000  # characters; browsers and proxies carry that much everywhere


class ListName(models.TextChoices):
    CLIENTS = "clients", "Clients"
    BUYERS = "buyers", "Acheteurs"


class SavedViewQuerySet(TenantQuerySet):
    def visible_to(self, user):
        """One's own, and what others share with the firm."""
        return super().visible_to(user).filter(Q(owner=user) | Q(is_shared=True))


class SavedView(TenantModel):
    """A name for the address of a list: `query` (what follows its question mark) says everything that is shown."""

    list_name = models.CharField("liste", max_length=10, choices=ListName)
    name = models.CharField("nom de la vue", max_length=60)
    query = models.CharField(max_length=LONGEST_ADDRESS, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    is_shared = models.BooleanField("partagée avec le cabinet", default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = "vue enregistrée"
        verbose_name_plural = "vues enregistrées"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "list_name", "name"],
                name="view_once_by_name",
                violation_error_message="Vous avez déjà une vue de ce nom.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def is_changeable_by(self, user) -> bool:
        """Its owner's, or the direction's when it is shared. The view must be visible to them."""
        return self.owner_id == user.pk or (self.is_shared and user.role == Role.DIRECTION)


class FirstView(TenantModel):
    """The view that somebody wants a list to open with."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    list_name = models.CharField(max_length=10, choices=ListName)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = "première vue"
        verbose_name_plural = "premières vues"
        constraints = [models.UniqueConstraint(fields=["user", "list_name"], name="one_first_view_of_a_list")]

    def __str__(self) -> str:
        return str(self.view)
