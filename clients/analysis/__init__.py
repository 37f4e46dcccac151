"""What a list of buyers says of a client's risk: pure arithmetic, without Django. Amounts in euros, shares 0–1."""
