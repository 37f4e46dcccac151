"""Servers that die, on a site of the test's own: real processes, seen from outside through HTTP and SQL."""

BUYERS = 20
PARTNERS = 3
CONCURRENT = 4
# A runner may have half a load beyond its slots in hand, and as many answers again that it is about to store.
IN_HAND = 2 * (CONCURRENT + CONCURRENT // 2)
