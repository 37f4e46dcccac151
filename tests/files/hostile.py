"""Every hostile or unlucky file we could think of, and what must become of it: a sentence, or a right reading."""

import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO

import xlsxwriter

from tests.files import traps

HEADER = "Nom;SIREN;Encours"
GOOD = "Garonnel;552008443;100,00"
GARONNEL = ("Garonnel", "552008443", Decimal(100))
TABLE = (("Nom", "SIREN", "Encours"), ("Garonnel", "552008443", 100))
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'


@dataclass(frozen=True)
class Hostile:
    """A file. `refusal` is a regular expression of the sentence that turns it down; without it, `rows` are the buyers
    (name, identifier, balance) that must be read, and `said` a part of what is said of the lines left to somebody."""

    id: str
    build: Callable[[], bytes]
    refusal: str = ""
    rows: tuple[tuple[str, str, Decimal | None], ...] = ()
    said: str = ""
    filename: str = "liste.csv"


def csv(*lines: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: "\r\n".join(lines).encode(encoding)


def with_part(name: str, part: bytes, content: bytes | None = None) -> bytes:
    """The workbook of TABLE (or another) with one more part, or with that part replaced."""
    source = zipfile.ZipFile(BytesIO(content or traps.xlsx(("Clients", TABLE))))
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in source.namelist():
            if entry != name:
                archive.writestr(entry, source.read(entry))
        archive.writestr(name, part)
    return target.getvalue()


def sheet_part(change: Callable[[bytes], bytes], content: bytes | None = None) -> bytes:
    """The workbook with the XML of its sheet changed."""
    name, content = "xl/worksheets/sheet1.xml", content or traps.xlsx(("Clients", TABLE))
    return with_part(name, change(zipfile.ZipFile(BytesIO(content)).read(name)), content)


def workbook(write: Callable[[xlsxwriter.Workbook], None]) -> Callable[[], bytes]:
    def build() -> bytes:
        target = BytesIO()
        book = xlsxwriter.Workbook(target, {"in_memory": True})
        write(book)
        book.close()
        return target.getvalue()

    return build


def cells(*rows: tuple[object, ...]) -> Callable[[], bytes]:
    return lambda: traps.xlsx(("Clients", rows))


def _in_a_ring(content: bytes) -> bytes:
    """The first sector of the table of sectors, whose first entry says that sector 0 comes after itself."""
    place = (int.from_bytes(content[76:80], "little") + 1) * 512
    return content[:place] + bytes(4) + content[place + 4 :]


def _without_bytes(content: bytes) -> bytes:
    """Its directory says that the first member begins before the file does."""
    return content[:40] + content[50:]


def _merged(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("Clients")
    sheet.merge_range(0, 0, 0, 2, "Balance au 31/10/2026")
    sheet.merge_range(1, 0, 2, 0, "Nom")
    sheet.merge_range(1, 1, 2, 1, "SIREN")
    sheet.merge_range(1, 2, 2, 2, "Encours")
    sheet.write_row(3, 0, ("Garonnel", "552008443", 100))


def _hidden(book: xlsxwriter.Workbook) -> None:
    old, shown = book.add_worksheet("2019"), book.add_worksheet("Clients")
    for sheet, row in ((old, ("Ancien", "404833048", 7)), (shown, TABLE[1])):
        sheet.write_row(0, 0, TABLE[0])
        sheet.write_row(1, 0, row)
    shown.activate()
    shown.set_first_sheet()
    old.hide()


def _calculated(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("Clients")
    sheet.write_row(0, 0, TABLE[0])
    sheet.write_row(1, 0, TABLE[1][:2])
    sheet.write_formula(1, 2, "=40+60", None, 100)


def _errors(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("Clients")
    for line, row in enumerate((*TABLE, ("Ferroval", "404833048"), ("Norvik", "732829320"))):
        sheet.write_row(line, 0, row)
    sheet.write_formula(2, 2, "=NA()", None, "#N/A")
    sheet.write_formula(3, 2, "=Feuil9!A1", None, "#REF!")


def _dates(book: xlsxwriter.Workbook) -> None:
    sheet, day = book.add_worksheet("Clients"), book.add_format({"num_format": "dd/mm/yyyy"})
    for line, row in enumerate((*TABLE, ("Ferroval", "404833048"), ("Norvik", "732829320"))):
        sheet.write_row(line, 0, row)
    sheet.write_number(2, 2, 1e15, day)
    sheet.write_datetime(3, 2, datetime(9999, 12, 31), day)


def _locked_entry() -> bytes:
    content = bytearray(traps.zip_of("xl/workbook.xml"))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def _locked_xls() -> bytes:
    """A workbook of Excel 97 whose second record says FILEPASS: what follows is encrypted."""
    content = traps.xls(TABLE)
    first = content.index(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20
    return content[:first] + b"\x2f\x00" + content[first + 2 :]


def _other_root() -> bytes:
    return sheet_part(lambda part: part.replace(b"worksheet", b"tout"), traps.far_cell_xlsx())


def _without_results() -> bytes:
    number = b'<c r="C2"><v>100</v></c>'
    return sheet_part(lambda part: part.replace(number, b'<c r="C2"><f>40+60</f><v></v></c>'))


def _bomb_of(name: str) -> bytes:
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.txt", b"0" * 50_000_000)
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(16):
            archive.writestr(name.format(number), inner.getvalue())
    return target.getvalue()


def _quotes_everywhere() -> bytes:
    """A quote that nobody closes, every twenty-first line: each makes the reader look ahead."""
    lines = [f'"Ouvert {n};;{n}' if n % 21 == 0 else f"Acheteur {n};;{n}" for n in range(60_000)]
    return "\n".join([HEADER, *lines]).encode()


PLAIN = [f"Acheteur {number};;1,00" for number in range(40)]
PLAIN_ROWS = tuple((line.split(";")[0], "", Decimal(1)) for line in PLAIN)


def _quotes_rows() -> tuple[tuple[str, str, Decimal | None], ...]:
    return tuple((f"{'Ouvert' if n % 21 == 0 else 'Acheteur'} {n}", "", Decimal(n)) for n in range(60_000))


NAMES = ("=1+1", "+33 Distribution", "-Moins Cher", "@home", "=HYPERLINK(0)")

HOSTILE = (
    Hostile("empty", lambda: b"", "Ce fichier est vide"),
    Hostile("blanks", lambda: b" \r\n\t\r\n  ", "Ce fichier est vide"),
    Hostile("zeros", lambda: bytes(100_000), "Ce fichier est vide"),
    Hostile("binary", lambda: random.Random(1).randbytes(200_000), "pas une liste lisible"),
    Hostile("gzip", lambda: b"\x1f\x8b\x08\x00" + random.Random(2).randbytes(9_000), "pas une liste lisible"),
    Hostile("pdf", lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "est un PDF.*collez-le"),
    Hostile("pdf-named-xlsx", lambda: b"%PDF-1.4\n%\xe2", "est un PDF", filename="liste.xlsx"),
    Hostile("png", lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "est une image"),
    Hostile("jpeg-named-csv", lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF", "est une image"),
    Hostile("csv-named-xlsx", csv(HEADER, GOOD), rows=(GARONNEL,), filename="liste.xlsx"),
    Hostile("xlsx-named-csv", cells(*TABLE), rows=(GARONNEL,)),
    Hostile("xlsx-named-xls", cells(*TABLE), rows=(GARONNEL,), filename="liste.xls"),
    Hostile("name-that-is-a-path", csv(HEADER, GOOD), rows=(GARONNEL,), filename="../../etc/\u202epasswd\x00"),
    Hostile("password-xlsx", traps.encrypted_xlsx, "mot de passe.*sans mot de passe"),
    Hostile("password-xls", _locked_xls, "mot de passe.*sans mot de passe"),
    Hostile("password-zip", _locked_entry, "mot de passe"),
    Hostile("macros", lambda: with_part("xl/vbaProject.bin", b"Sub Auto_Open()"), rows=(GARONNEL,)),
    Hostile("xlsb", lambda: traps.zip_of("xl/workbook.bin"), "xlsb.*enregistrez-le en .xlsx"),
    Hostile("docx", lambda: traps.zip_of("word/document.xml"), "document Word"),
    Hostile("doc", traps.word_document, "document Word"),
    Hostile("zip", lambda: traps.zip_of("liste.csv"), "archive ZIP : décompressez-la"),
    Hostile("zip-bomb", traps.zip_bomb_xlsx, "trop volumineux"),
    Hostile("nested-zip-bomb", lambda: _bomb_of("{}.zip"), "archive ZIP"),
    Hostile("crowded-zip", traps.crowded_xlsx, "trop volumineux"),
    Hostile("far-cell", traps.far_cell_xlsx, "au-delà de 200 000 lignes"),
    Hostile("far-cell-in-utf-16", traps.far_cell_hidden_from_a_search_xlsx, "au-delà de 200 000 lignes"),
    Hostile("far-cell-under-another-root", _other_root, "au-delà de 200 000 lignes"),
    Hostile("repeated-rows-ods", traps.repeated_rows_ods, "au-delà de 200 000 lignes"),
    Hostile("one-text-in-every-cell", traps.memory_hungry_xlsx, "trop de temps ou de mémoire"),
    Hostile("external-entity", lambda: traps.raw_xlsx('<row r="1"/>', prolog=EXTERNAL), "abîmé"),
    Hostile(
        "external-entity-in-texts",
        lambda: with_part("xl/sharedStrings.xml", f"{EXTERNAL}<sst><si><t>&e;</t></si></sst>".encode()),
        "abîmé",
    ),
    Hostile("billion-laughs", traps.entity_bomb_xlsx, "abîmé"),
    Hostile(
        "unknown-encoding-xlsx",
        lambda: traps.raw_xlsx("", prolog='<?xml version="1.0" encoding="NONE-8"?>', sheet_encoding="utf-16"),
        "abîmé",
    ),
    Hostile("200001-lines", lambda: b"Nom;SIREN;Encours\n" + b"A;;1\n" * 200_000, "dépasse 200 000 lignes"),
    Hostile("200001-rows", lambda: traps.raw_xlsx('<row r="200001"><c r="A200001"><v>1</v></c></row>'), "au-delà"),
    Hostile("501-columns", lambda: (";" * 500 + "x\n").encode() * 3, "dépasse 500 colonnes"),
    Hostile("501-columns-xlsx", cells(("Nom", *range(500))), "au-delà.*500 colonnes"),
    Hostile("no-amount-column", csv("Nom;SIREN;Ville", "Garonnel;552008443;Lyon"), "colonne de montants"),
    Hostile("no-buyer-column", csv("Encours;Délai", "100,00;60"), "en-tête|Il manque des colonnes"),
    Hostile(
        "two-amount-columns",
        csv("Nom;SIREN;Encours;Montant demandé", "Garonnel;552008443;100,00;200,00"),
        rows=(GARONNEL,),
    ),
    Hostile(
        "doubled-headers",
        csv("Nom;SIREN;Encours;Encours", "Garonnel;552008443;100,00;7,00"),
        rows=(GARONNEL,),
        said="Plusieurs colonnes s’appellent « Encours » : seule la première est lue.",
    ),
    Hostile("calculated-formulas", workbook(_calculated), rows=(GARONNEL,)),
    Hostile(
        "formulas-without-result",
        _without_results,
        rows=(("Garonnel", "552008443", None),),
        said="formules de ce classeur n’ont pas de résultat enregistré",
    ),
    Hostile(
        "error-cells",
        workbook(_errors),
        rows=(GARONNEL, ("Ferroval", "404833048", None), ("Norvik", "732829320", None)),
        said="erreurs de calcul",
    ),
    Hostile("errors-as-texts", csv(HEADER, GOOD, "F;404833048;#N/A"), rows=(GARONNEL,), said="erreur de calcul"),
    Hostile("thousands-of-open-quotes", _quotes_everywhere, rows=_quotes_rows()),
    Hostile("merged-cells", workbook(_merged), rows=(GARONNEL,)),
    Hostile("hidden-sheet-first", workbook(_hidden), rows=(GARONNEL,)),
    Hostile(
        "several-sheets",
        lambda: traps.xlsx(("Lisez-moi", [["Bonjour"]]), ("Clients", TABLE), ("Fournisseurs", TABLE)),
        rows=(GARONNEL,),
    ),
    Hostile("empty-workbook", lambda: traps.xlsx(("Vide", [])), "classeur est vide"),
    Hostile("absurd-dates", workbook(_dates), rows=(GARONNEL,), said="pas un montant|trop grand"),
    Hostile("1e308", cells(*TABLE, ("Ferroval", "404833048", 1e308)), rows=(GARONNEL,), said="trop grand"),
    Hostile("10^20", csv(HEADER, GOOD, "Ferroval;404833048;1" + "0" * 20), rows=(GARONNEL,), said="trop grand"),
    Hostile("a-million-digits", csv(HEADER, GOOD, "F;404833048;" + "9" * 10**6), rows=(GARONNEL,), said="trop long"),
    Hostile(
        "negative",
        csv(HEADER, GOOD, "Ferroval;404833048;-5 000,00"),
        rows=(GARONNEL, ("Ferroval", "404833048", Decimal(-5000))),
        said="solde créditeur",
    ),
    *(
        Hostile(f"amount-{word}", csv(HEADER, GOOD, f"F;404833048;{word}"), rows=(GARONNEL,), said="pas un nombre")
        for word in ("NaN", "inf", "1e5", "0x10", "١٢٣")
    ),
    Hostile(
        "identifier-in-other-digits", csv(HEADER, GOOD, "F;FR٤٤٧٣٢٨٢٩٣٢٠;1,00"), rows=(GARONNEL,), said="n° de TVA"
    ),
    Hostile(
        "mixed-encodings",
        lambda: "\n".join(["Dénomination;SIREN;Encours dû", *["Étoile;;1,00"] * 20]).encode()
        + "\nNoël;552008443;100,00".encode("cp1252"),
        rows=(*((("Étoile", "", Decimal(1)),) * 20), ("Noël", "552008443", Decimal(100))),
    ),
    *(
        Hostile(f"in-{name}", csv("Nom;SIREN;Encours dû", GOOD, encoding=name), rows=(GARONNEL,))
        for name in ("cp1252", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
    ),
    Hostile(
        "zeros-in-cells",
        csv(HEADER, "Ga\x00ronnel;5520\x0008443;100,00", *PLAIN),
        rows=(("Ga ronnel", *GARONNEL[1:]), *PLAIN_ROWS),
    ),
    Hostile("1-mb-cell", csv(HEADER, "G" * 10**6 + ";552008443;100,00"), rows=(("G" * 199 + "…", *GARONNEL[1:]),)),
    Hostile("1-mb-amount", csv(HEADER, GOOD, "F;404833048;" + "x" * 10**6), rows=(GARONNEL,), said="trop long"),
    Hostile("1-mb-header", csv(f"{HEADER};{'x' * 10**6}", GOOD), rows=(GARONNEL,)),
    Hostile("one-line-of-5-mb", lambda: b"x" * 5_000_000, "en-tête"),
    Hostile("5-mb-of-separators", lambda: b";" * 5_000_000 + b"x", "dépasse 500 colonnes"),
    Hostile(
        "unclosed-quote",
        csv(HEADER, '"Garonnel;552008443;100,00', "F;404833048;1"),
        rows=(GARONNEL, ("F", "404833048", Decimal(1))),
    ),
    Hostile(
        "line-break-in-a-cell",
        csv(HEADER, '"Garo\nnnel";552008443;100,00'),
        rows=(("Garo nnel", *GARONNEL[1:]),),
    ),
    Hostile("only-totals", csv(HEADER, "Total;;100,00", "Total général;;100,00"), "aucune ligne d’acheteur"),
    Hostile("only-a-header", csv(HEADER), "aucune ligne d’acheteur"),
    Hostile(
        "unseen-characters",
        csv(HEADER, "\u202eGaron\u200bnel\u2066\x07;552008443;100,00", *PLAIN),
        rows=(("Garon nel", *GARONNEL[1:]), *PLAIN_ROWS),
    ),
    Hostile(
        "formulas-for-names",
        csv(HEADER, *(f"{name};;1,00" for name in NAMES)),
        rows=tuple((name, "", Decimal(1)) for name in NAMES),
    ),
    Hostile("truncated-xlsx", lambda: traps.xlsx(("Clients", TABLE))[:-400], "abîmé"),
    Hostile("xls-whose-sectors-follow-each-other-in-a-ring", lambda: _in_a_ring(traps.xls(TABLE)), "abîmé"),
    Hostile("xls-cut-within-a-sector", lambda: traps.xls(TABLE)[:-700], "abîmé"),
    Hostile("column-of-nine-letters", lambda: sheet_part(lambda part: part.replace(b"B1", b"BEUREUREU1")), "abîmé"),
    Hostile("xlsx-that-lost-bytes", lambda: _without_bytes(traps.xlsx(("Clients", TABLE))), "abîmé"),
    Hostile("corrupt-xml", lambda: sheet_part(lambda part: part[:-60]), "abîmé"),
    Hostile("web-page-named-xls", lambda: b"<html><table><tr><td>Nom</table>", "page web ou du XML", filename="l.xls"),
    Hostile("excel-2003-xml", lambda: b'<?xml version="1.0"?><Workbook/>', "page web ou du XML", filename="l.xls"),
    Hostile("mail", lambda: b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>Bonjour</p>", "page web"),
    Hostile("a-letter", csv("Bonjour,", "veuillez trouver la liste.", "Cordialement"), "en-tête"),
)  # fmt: skip
