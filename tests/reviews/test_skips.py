"""Skips: the person finds each with its kind, a lead finds how many of each kind, and nobody is blamed."""

from tasks.working import skip
from tests.plain_browser import PlainBrowser
from tests.reviews.review_samples import Panel, opened


def test_a_persons_record_names_the_kind_of_each_skip(panel: Panel) -> None:
    for kind, reason in (("expertise", ""), ("unratable", "The figure is missing."), ("", "I know the author.")):
        skip(assignment=opened(panel)[0], kind=kind, reason=reason, by=panel.eve.user)
    page = PlainBrowser.of(panel.eve.user).open("/work/record/skipped/")
    for words in ("Outside my expertise", "It cannot be rated", "The figure is missing.", "I know the author."):
        assert words in page.text
    assert "I know the author." not in PlainBrowser.of(panel.evan.user).open("/work/record/skipped/").text


def test_a_lead_sees_how_often_and_why_and_no_task(panel: Panel) -> None:
    for kind in ("expertise", "expertise", "unratable"):
        skip(assignment=opened(panel, panel.eve)[0], kind=kind, by=panel.eve.user)
    lead = PlainBrowser.of(panel.lead)
    page = lead.open(f"/qa/people/{panel.eve.public_id}/")
    assert "Outside my expertise2" in page.text.replace(" 2", "2")
    assert "It cannot be rated1" in page.text.replace(" 1", "1")
    assert "No skip counts against anybody." in page.text
    assert "May I?" not in page.text
    assert "No skip counts" not in lead.open(f"/qa/people/{panel.evan.public_id}/").text
