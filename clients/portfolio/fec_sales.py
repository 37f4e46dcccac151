"""What the entries of a FEC sold HT (accounts 70), shared among the buyers of each entry."""

from clients.portfolio.accounts import Account

EntryKey = tuple[str, ...]


class Sales:
    """The entry being read: its sales and its buyers' amounts, in cents. `total` and `shared` are of all entries:
    an export in another order tells few of its sales apart."""

    def __init__(self) -> None:
        self.total = self.shared = 0
        self._entry: EntryKey = ()
        self._month = self._sold = 0
        self._buyers: list[tuple[Account, int]] = []

    def sell(self, entry: EntryKey, month: int, cents: int) -> None:
        """A line of sales of the entry."""
        if self._entry != entry:
            self.close(entry, month)
        self._sold += cents
        self.total += cents

    def buy(self, entry: EntryKey, month: int, account: Account, cents: int) -> None:
        """A line of a buyer of the entry."""
        if self._entry != entry:
            self.close(entry, month)
        self._buyers.append((account, cents))

    def close(self, following: EntryKey = (), month: int = 0) -> None:
        """Shares the entry's sales among its buyers, by their amounts; what rounding leaves goes to the last."""
        buyers, sold = self._buyers, self._sold
        if buyers and sold:
            total = sum([cents for _, cents in buyers])
            if total and (total > 0) == (sold > 0):
                self.shared += sold
                left = sold
                for account, cents in buyers[:-1]:
                    share = sold * cents // total
                    left -= share
                    self._add(account, share)
                self._add(buyers[-1][0], left)
        self._entry, self._month, self._sold, self._buyers = following, month, 0, []

    def _add(self, account: Account, cents: int) -> None:
        account.net_sales[self._month] = account.net_sales.get(self._month, 0) + cents
