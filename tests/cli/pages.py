"""Reports, parsed and checked for properties that every report must have."""

import collections
import html.parser
import json
import os
import pathlib

import harness

TINY = ("--hidden", "24,24", "--latent", "4", "--decoder-steps", "80", "--pairs", "32",
        "--log-every", "10", "--quiet", "--no-report")
LIMIT = 5_000_000  # bytes per page
VOID = {"meta", "input", "br", "img", "hr", "link"}


class Page(html.parser.HTMLParser):
    """The content of a page; fails on elements that are not closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.elements = []
        self.texts = collections.defaultdict(str)
        self.feed(text)
        self.close()
        assert not self.open, self.open
        self.data = json.loads(self.texts["script data"])

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append((tag, dict(attributes).get("id")))

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1][0] == tag, (tag, self.open, self.getpos())
        self.open.pop()

    def handle_data(self, data):
        if self.open:
            tag, name = self.open[-1]
            self.texts[tag + (f" {name}" if name else "")] += data + "\n"

    def all(self, tag, **attributes):
        return [found for name, found in self.elements
                if name == tag and attributes.items() <= found.items()]


class ReportTest(harness.CommandTest):
    @classmethod
    def train(cls, name, *arguments):
        command = cls("setUp").run_program("train", "--out", cls.folder / name, *TINY, *arguments)
        assert command.returncode == 0, command.stderr

    def page(self, *runs, out=None):
        """The page of some runs, after the checks that apply to every page."""
        path = out or self.folder / runs[0] / "report.html"
        self.succeeds("report", *(self.folder / run for run in runs), "--quiet", "--points", "200",
                      *(["--out", out] if out else []))
        text = pathlib.Path(path).read_text(encoding="utf-8")
        self.assertLess(os.path.getsize(path), LIMIT)
        self.assertNotRegex(text, r"(?i)https?:|@import|\burl\(|<link|<iframe|\bfetch\(")
        page = Page(text)
        names = [found["id"] for _, found in page.elements if "id" in found]
        self.assertEqual(len(names), len(set(names)))
        charts = page.all("div", **{"class": "chart"})
        self.assertEqual(len(charts), len(page.data["charts"]))
        self.assertEqual(len(page.all("figure", **{"class": "plot"})), len(charts))
        for picture in charts + page.all("svg", role="img"):
            self.assertGreater(len(picture["aria-label"]), 20)
        self.assertGreaterEqual(len(page.all("p", **{"class": "how"})), len(charts))
        return page
