"""Projects call for people, people apply, admins decide; announcements reach everybody in a project."""

import pytest
from django.core import mail

from accounts.commands import set_preferences
from accounts.models import Mail, Notification
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from projects.commands import accept_invitation, invite
from projects.commands.calls import (
    accept_application,
    announce,
    apply_to,
    decline_application,
    set_call,
    withdraw_application,
)
from projects.models import Application, Membership, Standing

pytestmark = pytest.mark.django_db
APPLY = "/p/open/clinical-answers/"
QUEUE = "/manage/clinical-answers/people/applications/"


@pytest.fixture
def call(project, alice):
    """The project takes applications from people who know German or French law, in German."""
    return set_call(
        project=project, is_open=True, text="Judge answers.", languages=["German"], fields=["law", "medicine"],
        degree=True, hours=5, by=alice,
    )  # fmt: skip


@pytest.fixture
def fit(mallory):
    """Mallory's profile says what is asked for."""
    return set_preferences(
        user=mallory, by=mallory, languages="english, german", fields="Tax law", degree="LL.M.", hours_per_week=6
    )


def standing(user) -> str:
    return Membership.objects.get(user=user).standing


def test_only_who_meets_the_requirements_can_apply(call, project, mallory) -> None:
    with pytest.raises(Invalid) as error:
        apply_to(project=project, by=mallory)
    assert [problem.reason for problem in error.value.problems] == [
        "This project asks for German among your languages.",
        "This project asks for law or medicine among your fields.",
        "This project asks for a degree.",
        "This project asks for at least 5 hours a week.",
    ]
    assert not Membership.objects.filter(user=mallory).exists()


def test_a_word_inside_another_does_not_count(call, project, mallory, fit) -> None:
    set_preferences(user=mallory, by=mallory, fields="lawn care")
    with pytest.raises(Invalid, match="law or medicine"):
        apply_to(project=project, by=mallory)


def test_applying_twice_is_once_and_opens_nothing(call, project, mallory, fit, signed_in, publish) -> None:
    publish()
    first = apply_to(project=project, note="I know tax law.", by=mallory)
    assert apply_to(project=project, by=mallory) == first
    assert standing(mallory) == Standing.APPLIED
    client = signed_in(mallory)
    for page in ("/p/clinical-answers/guideline/", "/p/clinical-answers/announcements/", "/manage/clinical-answers/"):
        assert client.get(page).status_code == 404
    assert "Clinical answers" not in client.get("/p/").content.decode()


def test_an_accepted_applicant_reads_the_guideline_first(call, project, mallory, fit, alice) -> None:
    accept_application(application=apply_to(project=project, by=mallory), by=alice)
    assert standing(mallory) == Standing.READING
    assert Notification.objects.filter(user=mallory, kind="standing_reading").count() == 1
    with pytest.raises(RuleBroken, match="member of this project already"):
        apply_to(project=project, by=mallory)


def test_a_declined_applicant_reads_why_and_may_apply_again(call, project, mallory, fit, alice) -> None:
    first = apply_to(project=project, by=mallory)
    with pytest.raises(Invalid):
        decline_application(application=first, reason=" ", by=alice)
    decline_application(application=first, reason="We are full.", by=alice)
    assert "We are full." in Notification.objects.get(user=mallory).text
    with pytest.raises(StaleState):
        accept_application(application=Application.objects.get(pk=first.pk), by=alice)
    again = apply_to(project=project, by=mallory)
    assert again != first
    with pytest.raises(RuleBroken):
        withdraw_application(application=again, by=alice)
    withdraw_application(application=again, by=mallory)
    assert standing(mallory) == Standing.APPLIED


def test_a_closed_project_takes_no_applications(project, alice, mallory, fit) -> None:
    with pytest.raises(Invalid):
        set_call(project=project, is_open=True, by=alice)
    set_call(project=project, is_open=False, text="x", by=alice)
    with pytest.raises(RuleBroken, match="takes no applications"):
        apply_to(project=project, by=mallory)


def test_an_applicant_can_be_invited_all_the_same(call, project, mallory, fit, alice) -> None:
    apply_to(project=project, by=mallory)
    _, token = invite(project=project, email=mallory.email, roles=["evaluator"], by=alice)
    assert accept_invitation(token=token, user=mallory).standing == Standing.READING


def test_an_announcement_reaches_everybody_present_and_nobody_else(project, alice, eve, mallory, call, fit) -> None:
    apply_to(project=project, by=mallory)
    Notification.objects.all().delete()
    announce(project=project, text="New rates\n\nfrom Monday.", mail=True, by=alice)
    told = set(Notification.objects.filter(kind="announcement").values_list("user__email", flat=True))
    members = set(Membership.objects.present().filter(project=project).values_list("user__email", flat=True))
    assert told == members - {alice.email}
    assert set(Mail.objects.values_list("address", flat=True)) == told
    assert mail.outbox == []


# ------------------------------------------------------------------ pages


def test_from_the_list_to_the_decision(call, mallory, fit, alice, signed_in, project) -> None:
    client, admin = signed_in(mallory), signed_in(alice)
    assert APPLY in client.get("/p/open/").content.decode()
    assert client.post(APPLY, {"note": "I know <b>tax</b> law."}).status_code == 303
    assert "You applied" in client.get("/p/open/?q=clinical").content.decode()
    page = admin.get(QUEUE).content.decode()
    assert "I know &lt;b&gt;tax&lt;/b&gt; law." in page
    found = Application.objects.get()
    answer = admin.post(f"{QUEUE}{found.public_id}/", {"do": "decline", "reason": ""})
    assert (answer.status_code, "Write the reason" in answer.content.decode()) == (422, True)
    assert admin.post(f"{QUEUE}{found.public_id}/", {"do": "accept"}).status_code == 303
    assert standing(mallory) == Standing.READING
    assert APPLY not in client.get("/p/open/").content.decode()


def test_the_page_says_what_is_missing_and_leads_to_the_profile(call, mallory, signed_in) -> None:
    page = signed_in(mallory).get(APPLY).content.decode()
    assert "This project asks for a degree." in page
    assert "/account/profile/" in page
    assert signed_in(mallory).post(APPLY, {}).status_code == 422


def test_an_admin_opens_the_project_to_applications(project, alice, signed_in, mallory) -> None:
    client = signed_in(alice)
    assert client.post(QUEUE, {"is_open": "on", "text": ""}).status_code == 422
    form = {"is_open": "on", "text": "Judge **answers**.", "languages": "German, French", "fields_asked": "law"}
    assert client.post(QUEUE, form).status_code == 303
    assert (project.call.languages, project.call.fields, project.call.hours) == (["German", "French"], ["law"], 0)
    assert "German, French" in client.get(QUEUE).content.decode()
    assert signed_in(mallory).get(APPLY).status_code == 200


def test_members_read_and_admins_write_announcements(project, alice, eve, signed_in) -> None:
    page = "/p/clinical-answers/announcements/"
    assert signed_in(alice).post(page, {"text": "From **Monday**."}).status_code == 303
    assert "<strong>Monday</strong>" in signed_in(eve).get(page).content.decode()
    assert signed_in(eve).post(page, {"text": "x"}).status_code == 404
    assert signed_in(alice).post(page, {"text": ""}).status_code == 422


def test_applications_are_for_admins_only(call, eve, quinn, signed_in) -> None:
    for person in (eve, quinn):
        assert signed_in(person).get(QUEUE).status_code == 404
