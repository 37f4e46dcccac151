"""Non-delivery reports as mail servers write them, and as nobody should."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factortaboite.mail.reports import LONGEST_DIAGNOSTIC, is_report, read_report

MARK = "42.20261122093015000042"
MAIL = (42, datetime(2026, 11, 22, 9, 30, 15, 42, tzinfo=UTC))
OTHER = "43.20261122093015000043"
STATUS = "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n"


def report(
    status: str = STATUS,
    *,
    to: str = "retours@cabinet.example",
    returned: str = f"Message-ID: <{MARK}@cabinet.example>",
    final: str = "rfc822; helene@valmorin.example",
    kind: str = "text/rfc822-headers",
    headers: str = "",
) -> bytes:
    """A report in Postfix's form."""
    return (
        f"From: MAILER-DAEMON@mx.example\nTo: {to}\n{headers}Subject: Undelivered Mail Returned to Sender\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b/1"\n\n'
        "This is a MIME-encapsulated message.\n\n"
        "--b/1\nContent-Description: Notification\nContent-Type: text/plain; charset=us-ascii\n\nI'm sorry.\n\n"
        "--b/1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: {final}\n{status}\n"
        f"--b/1\nContent-Type: {kind}\n\n{returned}\nSubject: Votre offre\n\n--b/1--\n"
    ).encode()


def only(content: bytes):
    found = read_report(content)
    (recipient,) = found.recipients
    return found, recipient


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(report(), id="Message-ID, headers handed back"),
        pytest.param(report(kind="message/rfc822"), id="Message-ID, whole mail handed back"),
        pytest.param(report(kind="message/rfc822").replace(b"\n", b"\r\n"), id="lines as the wire has them"),
        pytest.param(
            report(returned=f"Message-ID: <0102@eu-west-1.mail.example>\nX-Factortaboite-Mail: {MARK}"),
            id="a mail service put its own Message-ID",
        ),
        pytest.param(report(to=f"retours+{MARK}@cabinet.example", returned="Subject: ?"), id="the envelope's sender"),
        pytest.param(
            report(returned="Subject: ?", headers=f"Delivered-To: retours+{MARK}@cabinet.example\n"),
            id="the envelope's sender, where the mailbox says it",
        ),
        pytest.param(
            report(to=f"SRS0=Cpi3=WK=cabinet.example=retours+{MARK}@srs.example", returned="Subject: ?"),
            id="the envelope's sender, rewritten on the way",
        ),
        pytest.param(report(kind="message/rfc822")[:-40], id="cut off in the mail handed back"),
    ],
)
def test_whose_report_it_is(content):
    found, recipient = only(content)
    assert found.marks == (MAIL,)
    assert (recipient.address, recipient.failed, recipient.status) == ("helene@valmorin.example", True, "5.1.1")


def test_the_address_it_was_sent_to_comes_before_what_is_handed_back():
    found = read_report(report(to=f"retours+{MARK}@cabinet.example", returned=f"Message-ID: <{OTHER}@x.example>"))
    assert [number for number, _ in found.marks] == [42, 43]


@pytest.mark.parametrize(
    ("status", "failed", "sentence"),
    [
        pytest.param("5.1.1", True, "L’adresse du destinataire n’existe pas", id="unknown user"),
        pytest.param("5.1.10", True, "Le domaine de l’adresse", id="null MX, Office 365"),
        pytest.param("5.4.4", True, "Le domaine de l’adresse", id="unknown domain, Postfix"),
        pytest.param("5.2.1", True, "La boîte du destinataire est fermée", id="closed, Gmail"),
        pytest.param("5.2.2", True, "La boîte du destinataire est pleine", id="over quota"),
        pytest.param("4.2.2", True, "La boîte du destinataire est pleine", id="over quota for five days"),
        pytest.param("5.3.4", True, "Le courrier est trop volumineux", id="too large"),
        pytest.param("4.4.1", True, "Le serveur du destinataire est resté injoignable", id="silent for five days"),
        pytest.param("4.4.7", True, "Le serveur du destinataire est resté injoignable", id="expired, Exchange"),
        pytest.param("5.7.1", True, "Le serveur du destinataire refuse ce courrier", id="spam"),
        pytest.param("5.7.26", True, "Le serveur du destinataire refuse ce courrier", id="DMARC, Gmail"),
        pytest.param("5.0.0", True, "Le serveur du destinataire n’a pas pu le remettre", id="anything else"),
        pytest.param("?", True, "Le serveur du destinataire n’a pas pu le remettre", id="no status"),
        pytest.param("4.4.1", False, "Le serveur du destinataire fait attendre ce courrier", id="late"),
    ],
)
def test_what_it_says_in_french(status, failed, sentence):
    action = "failed" if failed else "delayed"
    _, recipient = only(report(f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 4xx words\n"))
    assert recipient.failed == failed
    assert recipient.sentence.startswith(f"Ce courrier est revenu. {sentence}" if failed else sentence)
    assert recipient.sentence.endswith("Réponse de son serveur\u00a0: «\u00a04xx words\u00a0».")


@pytest.mark.parametrize(
    ("diagnostic", "said"),
    [
        pytest.param("smtp; 550-5.1.1 No such\n 550 5.1.1 user", "550-5.1.1 No such 550 5.1.1 user", id="folded"),
        pytest.param("X-Exchange; 550 5.1.10\tRESOLVER", "550 5.1.10 RESOLVER", id="another type"),
        pytest.param("550 nul\x00 and bell\x07", "550 nul and bell", id="control characters"),
        pytest.param("smtp; =?utf-8?q?Adresse_inconnue_=E2=82=AC?=", "Adresse inconnue €", id="encoded words"),
        pytest.param("smtp; =?utf-8?b?bad=?=", "=?utf-8?b?bad=?=", id="badly encoded words"),
        pytest.param("smtp; " + "x" * 5000, "x" * LONGEST_DIAGNOSTIC + "…", id="endless"),
    ],
)
def test_the_servers_words_fit_a_screen(diagnostic, said):
    _, recipient = only(report(f"Action: failed\nStatus: 5.0.0\nDiagnostic-Code: {diagnostic}\n"))
    assert recipient.diagnostic == said


def test_a_forwarded_mail_comes_back_from_another_address():
    """Of two addresses behind the one we wrote to, one failed: said, since nobody can know about the other."""
    status = f"Action: delayed\nStatus: 4.4.1\n\nFinal-Recipient: rfc822; <archive@elsewhere.example>\n{STATUS}"
    found = read_report(report(status, final="rfc822;helene@other.example"))
    assert found.about("helene@valmorin.example").address == "archive@elsewhere.example"
    assert found.about("Helene@Other.example").failed is False


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"From: helene@valmorin.example\n\nJe suis absente.\n", id="out of office"),
        pytest.param(report().replace(b"multipart/report", b"multipart/mixed"), id="a report's look"),
        pytest.param(report().replace(b"report-type", b"Content-Type: text/plain\nx"), id="two types"),
        pytest.param(report("Action: delivered\nStatus: 2.0.0\n"), id="delivered"),
        pytest.param(report("Action: relayed\nStatus: 2.0.0\n"), id="passed on to a server that says nothing"),
        pytest.param(report("Action: shouted\n"), id="an unknown action"),
        pytest.param(report(""), id="no action"),
        pytest.param(report(returned="Message-ID: <another@mail.example>"), id="somebody else's mail"),
        pytest.param(report(returned="Message-ID: <42.20261322093015000042@x.example>"), id="a date that is none"),
        pytest.param(report(returned="Message-ID: <42.2026112209301500004299@x.example>"), id="too many digits"),
        pytest.param(report(returned=f"Subject: <{MARK}>"), id="a mark where anybody writes"),
        pytest.param(report(kind="message/delivery-status"), id="two statuses and no mail"),
        pytest.param(
            report().replace(b"Content-Type: message/delivery-status", b"Content-Type: text/plain"),
            id="no status part",
        ),
        pytest.param(
            b"".join(b"Content-Type: multipart/report; boundary=%d\n\n--%d\n" % (n, n) for n in range(2500)),
            id="parts in parts without end",
        ),
        pytest.param(report(final="rfc822; " + "(" * 1900), id="comments in comments without end"),
        pytest.param(b"Content-Type: multipart/report" + b";" * 50_000 + b"\n\n", id="parameters without end"),
        pytest.param(bytes(range(256)) * 50, id="every byte"),
    ],
)
def test_anything_else_is_no_report(content):
    assert read_report(content) is None


@given(
    st.lists(st.tuples(st.integers(0, len(report()) - 1), st.binary(max_size=6)), max_size=20),
    st.integers(0, len(report())),
)
def test_a_mutilated_report_raises_nothing(changes, end):
    content = bytearray(report(kind="message/rfc822"))
    for place, written in changes:
        content[place : place + len(written)] = written
    found = read_report(bytes(content[:end]))
    assert found is None or all("\x00" not in recipient.sentence for recipient in found.recipients)
    is_report(bytes(content[:end]))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param(b"Content-Type: multipart/report;\r\n report-type=delivery-status\r\n\r\n", True, id="folded"),
        pytest.param(b"CONTENT-TYPE: Multipart/Report; boundary=x", True, id="in capitals and cut off"),
        pytest.param(b"Content-Type: text/plain\r\n\r\n", False, id="a letter"),
        pytest.param(b"", False, id="nothing"),
        pytest.param(b"\xff\x00", False, id="bytes"),
    ],
)
def test_only_reports_are_opened(headers, expected):
    assert is_report(headers) is expected
