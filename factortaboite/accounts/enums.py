from django.db import models


class Role(models.TextChoices):
    """What somebody may do in their broker firm."""

    DIRECTION = "direction", "Direction"
    BROKER = "broker", "Courtier"
    ASSISTANT = "assistant", "Assistant"
    READER = "reader", "Lecture seule"


# An assistant prepares everything; only a broker commits the firm towards partners and prospects.
PREPARING_ROLES = {Role.DIRECTION, Role.BROKER, Role.ASSISTANT}
COMMITTING_ROLES = {Role.DIRECTION, Role.BROKER}
