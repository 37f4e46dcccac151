"""The words that name each field of a list of buyers in a header (DOMAIN.md §6.2), as `values.words` writes them."""

# Most explicit first: the order decides when a header could mean two things. Fields that no row has (limit, due_date,
# contact, …) are named so that their columns are not taken for another.
ALIASES: tuple[tuple[str, str], ...] = tuple(
    (field, alias)
    for field, aliases in (
        ("siren", "siren|n siren|no siren|numero siren|code siren|siren siret|rcs|n rcs|numero rcs"),
        ("siret", "siret|n siret|no siret|numero siret|code siret|siret siege"),
        (
            "vat",
            "tva intracommunautaire|tva intracom|tva intra|tva ue|n tva|no tva|n de tva|numero tva|numero de tva"
            "|identifiant tva|vat number|vat no|vat id|vat",
        ),
        ("account", "compte auxiliaire|compte tiers|compte client|compte general|compauxnum|compte aux|ct num"),
        ("account", "code tiers|code client|identifiant du tiers|identifiant client|id tiers|id client|n client"),
        ("account", "numero client|no client|reference client|ref client|n de compte|n compte|no compte"),
        ("account", "numero de compte|numero compte|auxiliaire|customer code|account"),
        ("id", "identifiant legal|identifiant entreprise|n d identification|numero d identification|identification"),
        ("id", "n d immatriculation|immatriculation|company number|registration number|tax id|identifiant"),
        ("contact", "nom du contact|nom contact|nom du commercial|nom commercial|contact|commercial|representant"),
        ("contact", "e mail|email|mail|telephone|tel|adresse|rue"),
        ("name", "raison sociale|denomination sociale|denomination|nom du client|nom client|nom du tiers|nom tiers"),
        ("name", "nom de l acheteur|nom acheteur|nom du debiteur|nom de l entreprise|nom entreprise|nom societe"),
        ("name", "intitule du compte|intitule compte|intitule du tiers|intitule client|compauxlib|ct intitule"),
        ("name", "intitule|libelle du compte|libelle de compte|libelle compte|libelle client|libelle tiers"),
        ("name", "company name|customer name|buyer name|acheteur|debiteur|entreprise|societe|company|customer|buyer"),
        ("name", "nom 1|etiquettes de lignes|nom|client|clients|tiers|libelle|name"),
        ("country", "code pays|pays iso|pays|country"),
        ("city", "ville|localite|city"),
        ("postcode", "code postal|cp|zip"),
        ("requested", "montant demande|montant souhaite|garantie demandee|garantie souhaitee|agrement demande"),
        ("requested", "agrement souhaite|limite demandee|limite souhaitee|encours demande|encours souhaite"),
        ("requested", "couverture demandee|couverture souhaitee|plafond demande|plafond souhaite|montant a garantir"),
        ("requested", "a garantir|credit demande|requested amount|requested limit|limit requested|demande"),
        ("limit", "encours maximum autorise|encours max autorise|encours maxi autorise|encours autorise|autorise"),
        ("limit", "plafond d encours|limite de credit|limite d encours|limite autorisee|credit limit|plafond|limite"),
        ("limit", "encours garanti|encours assure|montant garanti|assurance credit|agrement|garantie|couverture"),
        ("peak", "encours maximum|encours maximal|encours maxi|encours max|max encours|maximum encours"),
        ("peak", "plus haut encours|encours le plus haut|encours le plus eleve|plus fort encours|plus gros encours"),
        ("peak", "encours de pointe|pointe d encours|encours pointe|pointe|pic d encours|pic|peak|highest balance"),
        ("overdue", "total echu|dont echu|solde echu|encours echu|montant echu|total retard|en retard|echus|echu"),
        ("credit", "solde crediteur|solde credit"),
        ("outstanding", "solde debiteur|solde debit|solde du|solde client|solde actuel|solde comptable|solde final"),
        ("outstanding", "restant du|reste du|reste a payer|reste a regler|montant restant du|montant du|total du"),
        ("outstanding", "encours client|encours total|encours actuel|encours comptable|amount due|outstanding"),
        ("outstanding", "encours|solde|balance|creances|creance|solde progressif"),
        ("turnover", "chiffre d affaires|chiffre d affaire|chiffre affaires|ca annuel|ca|turnover|sales"),
        ("turnover", "ventes|facturation|total facture|volume d affaires"),
        ("due_date", "date d echeance|date echeance|date de facture|date facture|date de piece|date piece|date"),
        ("terms_days", "delai de paiement|delai de reglement|delai paiement|delai reglement|delai client"),
        ("terms_days", "conditions de paiement|conditions de reglement|condition de paiement|condition de reglement"),
        ("terms_days", "echeance en jours|echeance jours|jours d echeance|delai en jours|delai jours|nb jours"),
        ("terms_days", "nombre de jours|payment terms|mode de reglement|mode de paiement|delais|delai|terms"),
        ("category", "categorie|type de client|type client|type de tiers|segment|famille|forme juridique"),
        ("note", "observations|observation|commentaires|commentaire|remarques|remarque|statut|situation|comments"),
        ("currency", "devise|monnaie|currency"),
    )
    for alias in aliases.split("|")
)
"""Pairs of a field and one of its words, which also count inside a longer header."""

# Too common to be looked for inside longer headers.
EXACT_ONLY: tuple[tuple[str, str], ...] = tuple(
    (field, alias)
    for field, aliases in (
        ("vat", "tva"),
        ("id", "id"),
        ("account", "compte|code|client|clients|tiers|customer"),  # « Client » beside a name is its number
        ("terms_days", "jours|echeance"),
        ("note", "note|notes|info|infos|informations|etat"),
        ("category", "type|nature"),
        ("side", "sens|sens du solde|d c|dc|debit credit"),
        ("debits", "debit|debits|montant debit|total debit|mouvement debit|mouvements debit"),
        ("credits", "credit|credits|montant credit|total credit|mouvement credit|mouvements credit"),
        (
            "outstanding",
            "total general|total|montant|amount|montant en devise interne|montant en dev int|montant en di",
        ),
    )
    for alias in aliases.split("|")
)
