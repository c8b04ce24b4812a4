"""The texts beside a decision carry the names and positions that marks count over."""

from django.template.loader import render_to_string

from evaltool.base.positions import source_map
from rubrics.marking import names


def test_every_text_beside_a_decision_can_be_marked() -> None:
    content = {
        "messages": [{"role": "user", "content": "How **much**?"}, {"role": "assistant", "content": "Ask."}],
        "context": [{"title": "Leaflet", "text": "5 mg"}],
        "responses": [{"id": "r1", "text": "6 mg"}, {"id": "r2", "messages": [{"role": "assistant", "content": "7"}]}],
    }
    responses = list(zip("AB", content["responses"], strict=True))
    html = render_to_string("reviews/task.html", {"content": content, "responses": responses, "domain": ""})
    assert all(f'data-source-target="{name}"' in html for name in names(content))
    assert f'data-source-target="m1" data-positions="{source_map("How **much**?")}"' in html
    assert 'data-source-target="prompt"' in render_to_string("reviews/task.html", {"content": {"prompt": "Hi."}})
