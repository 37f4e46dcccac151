"""What an installation that serves real clients may not leave to chance: PRODUCTION=1, set by the image, checks it."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

LOCAL_SECRET = "only-for-this-machine"
# What Django itself asks of a secret key (security.W009).
SHORTEST_SECRET = 50
FEWEST_DIFFERENT = 5


def refuse_unsafe_settings(
    environment: Mapping[str, str], *, debug: bool, allowed_hosts: list[str], site_url: str, secret_key: str
) -> None:
    """Raises ImproperlyConfigured with one French line for each setting that is not fit for production.

    What has no safe default is read in `environment`: here it must have been chosen.
    """
    found = []
    for name, server in (("DATABASE_URL", "PostgreSQL"), ("REDIS_URL", "Redis")):
        if not environment.get(name):
            found.append(f"{name} manque : le serveur {server} embarqué ne sert qu’à essayer le produit.")
    if debug:
        found.append("DEBUG est actif : les pages d’erreur montreraient le code et les données.")
    random = f"tirez au sort au moins {SHORTEST_SECRET} caractères."
    if _is_weak(secret_key):
        found.append(f"SECRET_KEY manque ou est trop simple : {random}")
    sealing_key = environment.get("SEALING_KEY", "")
    if not sealing_key:
        found.append(f"SEALING_KEY manque ; elle scelle les clés des partenaires : {random}")
    elif sealing_key == secret_key:
        found.append("SEALING_KEY est la même que SECRET_KEY : avec deux clés, l’une peut changer sans l’autre.")
    elif _is_weak(sealing_key):
        found.append(f"SEALING_KEY est trop simple : {random}")
    if urlsplit(site_url).scheme != "https":
        found.append("SITE_URL ne commence pas par https : mots de passe et offres circuleraient en clair.")
    if not allowed_hosts or "*" in allowed_hosts:
        found.append("ALLOWED_HOSTS est vide ou accepte tout : donnez les noms sous lesquels le site est connu.")
    if not environment.get("EMAIL_URL"):
        found.append("EMAIL_URL manque : aucun courrier ne partirait.")
    mailbox = environment.get("BOUNCE_MAILBOX_URL", "")
    if mailbox and urlsplit(mailbox).scheme != "imaps":
        found.append(
            "BOUNCE_MAILBOX_URL ne commence pas par imaps : le mot de passe de la boîte circulerait en clair."
        )
    if found:
        raise ImproperlyConfigured("\n  · ".join(["PRODUCTION=1 refuse ces réglages :", *found]))


def _is_weak(secret: str) -> bool:
    return len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_DIFFERENT
