"""INSEE's legal categories (4 digits): who is public, and who is a person."""

# Level 1: 7 is bound by administrative law, 4 is public though it trades. Neither can be put into a collective
# procedure, so insurers leave both out (DOMAIN.md §1.2). A company that the State owns, as La Poste, is neither.
PUBLIC = ("4", "7")
INDIVIDUAL = ("1",)


def is_public_body(category: str) -> bool:
    return category.startswith(PUBLIC)


def is_individual(category: str) -> bool:
    """A person in business under their own name."""
    return category.startswith(INDIVIDUAL)
