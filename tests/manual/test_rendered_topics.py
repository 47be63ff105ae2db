"""The manual as HTML: nothing in it runs or loads, and every link leads to a page."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.manual import contents
from lifecycle.manual.contents import Topic
from lifecycle.manual.problem_kinds import problem_kinds, problem_type
from lifecycle.manual.rendered_topics import rendered, rendered_line
from testkit.manual_pages import MANUAL, headings, links

TOPICS = contents.list_topics()


def address(topic, anchor):
    return f"/manual/{topic}" + (f"#{anchor}" if anchor else "")


def page(text):
    return rendered(Topic("made", "Made", "Up.", f"# Made\n\nUp.\n\n{text}"), address)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_headings_have_the_anchors_that_links_in_the_sources_name(topic):
    document = rendered(topic, address)

    anchors = {heading.anchor for heading in document.headings}
    title = re.sub(r"[^\w\- ]", "", topic.title.lower()).replace(" ", "-")
    assert anchors | {title} == headings(MANUAL / f"{topic.name}.md")
    assert all(f' id="{anchor}"' in document.html for anchor in anchors)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_links_between_topics_lead_to_their_pages_and_others_are_kept(topic):
    html = rendered(topic, address).html

    hrefs = list(re.findall(r'<a href="([^"]+)"', html))
    expected = [
        re.sub(r"^(\w+)\.md", r"/manual/\1", href) for href in links(MANUAL / f"{topic.name}.md")
    ]
    assert hrefs == expected
    assert ".md" not in " ".join(hrefs)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_page_loads_nothing_and_styles_nothing_inline(topic):
    html = rendered(topic, address).html

    assert not re.findall(r"<(?:img|script|style|iframe|link)\b| style=| src=| on\w+=", html)
    assert html.count("<table>") == html.count('<div class="scroller" tabindex="0">\n<table>')


def test_html_in_a_source_is_text_and_a_picture_is_not_loaded():
    document = page("<script>x</script> and ![a](https://example.com/a.png)\n\n<b>block</b>")

    assert "<script" not in document.html
    assert "<img" not in document.html
    assert "&lt;b&gt;block&lt;/b&gt;" in document.html


def test_an_address_that_runs_is_no_link():
    assert "href" not in page("[x](javascript:alert(1))").html


def test_blocks_of_code_keep_their_characters_and_scroll_by_keyboard():
    html = page('```sh\ncurl "$X" <&1 | "a"\n```').html

    assert html == '<pre tabindex="0"><code>curl "$X" &lt;&amp;1 | "a"\n</code></pre>\n'


def test_headings_of_one_name_have_anchors_of_their_own():
    document = page("## A `b`\n\n## A b\n\n### A, b!")

    assert [(h.level, h.anchor, h.text) for h in document.headings] == [
        (2, "a-b", "A b"),
        (2, "a-b-1", "A b"),
        (3, "a-b-2", "A, b!"),
    ]


@given(st.text())
def test_any_text_stays_text(text):
    line = rendered_line(text, address)

    names = re.findall(r"</?(\w+)", line)
    assert set(names) <= {"a", "code", "em", "strong", "br"}


def test_every_kind_of_problem_has_a_case_with_advice():
    kinds = problem_kinds()

    assert kinds["no-policy"].cases[0].status == 404
    assert kinds["no-policy"].cases[1].status == 409
    for kind in kinds.values():
        assert problem_type(kind.name) == kind.type
        assert all(case.when and case.advice for case in kind.cases), kind
