"""ISO-8859-15 or cp1252: the two encodings of French exports that are not Unicode, told apart by their bytes."""

import re

# 0x80 to 0x9F are letters and signs in cp1252 (€ œ ’ « … »), and nothing that is written in ISO-8859-15.
_ONLY_CP1252 = re.compile(rb"[\x80-\x9f]")
# œ, Œ and Ÿ of ISO-8859-15 stand in words, where cp1252 would have ½, ¼ and ¾; its € is cp1252's ¤.
_ONLY_LATIN_9 = re.compile(
    rb"(?<=[A-Za-z\xc0-\xff])[\xbc-\xbe]|(?<![0-9A-Za-z\xc0-\xff])[\xbc-\xbe](?=[A-Za-z\xc0-\xff])|\xa4"
)


def single_byte_charset(content: bytes) -> str:
    """ "cp1252", or "iso-8859-15" when the bytes only make sense so. Both agree on every other French letter."""
    if not _ONLY_CP1252.search(content) and _ONLY_LATIN_9.search(content):
        return "iso-8859-15"
    return "cp1252"
