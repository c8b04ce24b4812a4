"""Mail goes out by a job: a request never waits for a mail server, and no mail is lost with one."""

from django.conf import settings
from django.core.mail import EmailMessage

from accounts.models import Mail
from evaltool.base import clock, todos

SEND = "send_mail"


def send(*, address: str, subject: str, body: str) -> Mail:
    """Note a mail in the transaction that makes it due; a worker sends it after the commit."""
    subject = " ".join(subject.split())[:200]
    mail = Mail.objects.create(address=address, subject=subject, body=body, created_at=clock.now())
    todos.add(SEND, mail.pk)
    return mail


def send_mail(pk: int, alive: todos.Alive) -> None:
    """Hand a mail to the server, then forget its text; nothing if it was sent already.

    A worker that dies between the two sends it again: both copies carry one Message-ID, by which mail programs show
    them as one.
    """
    mail = Mail.objects.filter(pk=pk, sent_at__isnull=True).first()
    if mail is None:
        return
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
    headers = {"Message-ID": f"<{mail.public_id}@{host}>", "Auto-Submitted": "auto-generated"}
    with todos.kept(alive):
        EmailMessage(mail.subject, mail.body, to=[mail.address], headers=headers).send()
    Mail.objects.filter(pk=mail.pk).update(sent_at=clock.now(), body="")
