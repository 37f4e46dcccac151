"""Long lists that people search, filter, sort, save and export: what one address shows is said once, in `Listing`.

keyset.py    pages by where they begin: the last one costs what the first does
listing.py   from an address to rows, chips, columns and other addresses
exports.py   the same rows as a workbook or a text file
workbook.py  a workbook written as it is sent
clients.py   the firm's clients; the buyers are `quotes/buyers.py`, for insurers answer about them
"""
