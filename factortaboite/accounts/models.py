"""Who may do what: broker firms and the people who work in them."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from factortaboite.accounts.enums import COMMITTING_ROLES, PREPARING_ROLES, Role


class BrokerFirm(models.Model):
    """A broker's firm (*cabinet*): the owner of every row that is not public registry data.

    Its legal identity is printed on every letter and offer (C. assur. R521-4).
    """

    name = models.CharField("nom", max_length=120)
    legal_form = models.CharField("forme juridique et capital", max_length=120, blank=True)
    siren = models.CharField("SIREN", max_length=9, blank=True)
    address = models.TextField("adresse", blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    email = models.EmailField("e-mail", blank=True)
    orias_number = models.CharField("numéro ORIAS", max_length=8, blank=True)
    orias_categories = models.CharField("catégories ORIAS", max_length=120, blank=True)
    professional_body = models.CharField("association professionnelle agréée", max_length=120, blank=True)
    is_demonstration = models.BooleanField("cabinet de démonstration", default=False)

    class Meta:
        verbose_name = "cabinet"
        verbose_name_plural = "cabinets"

    def __str__(self) -> str:
        return self.name


class TenantQuerySet(models.QuerySet):
    """Rows that belong to one broker firm through their `firm` key."""

    def visible_to(self, user):
        return self.filter(firm_id=user.firm_id)


class TenantModel(models.Model):
    """Anything that belongs to one broker firm. Strangers never learn that it exists."""

    firm = models.ForeignKey(BrokerFirm, on_delete=models.PROTECT, verbose_name="cabinet", related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields):
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who works in a broker firm; logs in with an e-mail address."""

    firm = models.ForeignKey(BrokerFirm, on_delete=models.PROTECT, verbose_name="cabinet", related_name="users")
    role = models.CharField("rôle", max_length=10, choices=Role, default=Role.READER)
    email = models.EmailField("e-mail", unique=True)
    first_name = models.CharField("prénom", max_length=60, blank=True)
    last_name = models.CharField("nom", max_length=60, blank=True)
    is_active = models.BooleanField("actif", default=True)
    wants_alert_mail = models.BooleanField(
        "m’envoyer mes nouvelles alertes par e-mail",
        default=True,
        help_text="Un seul e-mail, les matins ouvrés, et seulement quand il y a du nouveau.",
    )
    date_joined = models.DateTimeField("créé le", auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"

    class Meta:
        verbose_name = "utilisateur"
        verbose_name_plural = "utilisateurs"

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def can_prepare(self) -> bool:
        """May change data of the firm: clients, portfolios, answers typed in."""
        return self.role in PREPARING_ROLES

    @property
    def can_commit(self) -> bool:
        """May commit the firm: ask partners, send proposals, change partner accounts."""
        return self.role in COMMITTING_ROLES
