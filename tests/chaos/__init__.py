"""Servers that die, on a site of the test's own: real processes, seen from outside through HTTP and SQL."""

BUYERS = 20
PARTNERS = 3
CONCURRENT = 4
# A runner may have half a load beyond its slots in hand.
IN_HAND = CONCURRENT + CONCURRENT // 2
