"""report: the page in a real browser, if there is one."""

import sys

import numpy as np

import browser
import harness
import pages


class InBrowser(pages.ReportTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.train("sundial", "sundial", "--size", "20", "--steps", "60")
        cls.train("torus", "torus-points", "--steps", "60")
        cls.browser = browser.Browser(browser.find())
        test = cls("setUp")
        test.page("sundial")
        test.page("torus")
        test.page("sundial", "torus", out=test.path("both.html"))

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        super().tearDownClass()

    def visit(self, path="sundial/report.html", width=1600, dark=False):
        self.address = self.folder / path
        self.browser.resize(width, 900, dark)
        self.browser.open(self.address)

    def tearDown(self):
        """No test may leave an error, a warning or a network request."""
        self.assertEqual(self.browser.complaints(), [])
        for address in self.browser.requests():
            self.assertEqual(address, f"file://{self.address}")

    def pixels(self, selector, index=0):
        """A fingerprint of a canvas."""
        return hash(self.browser.evaluate(
            f"document.querySelectorAll('{selector}')[{index}].toDataURL()"))

    def value(self, expression):
        return self.browser.evaluate(expression)

    def test_widths_and_schemes(self):
        for path in ("sundial/report.html", "torus/report.html", "both.html"):
            shades = set()
            for width in (400, 1600):
                for dark in (False, True):
                    self.visit(path, width, dark)
                    self.assertLessEqual(
                        self.value("document.documentElement.scrollWidth"), width)
                    shades.add(self.value("getComputedStyle(document.body).backgroundColor"))
                    self.tearDown()
            self.assertEqual(len(shades), 2)

    def test_contrast(self):
        """Contrast of at least 4.5 between text and background, and 3 between curves and background
        (WCAG 2.1, 1.4)."""
        for dark in (False, True):
            self.visit(dark=dark)
            colors = self.value("""Object.fromEntries(["page", "panel", "ink", "soft", "accent",
                "focus", "c0", "c1", "c2", "c3", "c4", "c5", "c6"].map(name => [name,
                getComputedStyle(document.documentElement).getPropertyValue("--" + name)
                    .trim()]))""")

            def luminance(name):
                linear = [int(colors[name][k:k + 2], 16) / 255.0 for k in (1, 3, 5)]
                linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                          for c in linear]
                return np.dot(linear, [0.2126, 0.7152, 0.0722])

            for name in set(colors) - {"page", "panel"}:
                for ground in ("page", "panel"):
                    light, deep = sorted((luminance(name), luminance(ground)), reverse=True)
                    least = 4.5 if name in ("ink", "soft") else 3.0
                    self.assertGreater((light + 0.05) / (deep + 0.05), least, (name, ground, dark))

    def test_view_turns_and_zooms(self):
        self.visit()
        x, y = self.browser.center(".stage canvas")
        before = self.pixels(".stage canvas")
        self.browser.drag(x, y, x + 90, y - 40)
        turned = self.pixels(".stage canvas")
        self.assertNotEqual(turned, before)
        self.browser.press("ArrowLeft")  # the drag leaves the keyboard focus there
        self.assertNotEqual(self.pixels(".stage canvas"), turned)
        self.browser.press("+")
        self.browser.press("0")
        self.browser.move(5, 5)
        self.assertEqual(self.pixels(".stage canvas"), before)

    def test_view_shows_points(self):
        self.visit()
        x, y = self.browser.center(".stage canvas")
        self.value("document.querySelector('.stage canvas').focus()")
        shown = set()
        for _ in range(3):
            self.browser.press("n")
            self.assertFalse(self.value("document.querySelector('.stage .tip').hidden"))
            shown.add(self.pixels(".stage .tip canvas"))
        self.assertEqual(len(shown), 3)
        self.browser.press("Escape")
        self.assertTrue(self.value("document.querySelector('.stage .tip').hidden"))
        found = False
        for step in range(60):
            self.browser.move(x - 150 + 5 * step, y)
            found = found or not self.value("document.querySelector('.stage .tip').hidden")
        self.assertTrue(found)

    def test_view_colours_and_components(self):
        self.visit()
        pictures = {self.pixels(".stage canvas")}
        for choice in ("local stretch", "local distortion"):
            self.value(f"""(() => {{
                const select = document.querySelector(".mode");
                select.value = "{choice}";
                select.dispatchEvent(new Event("change"));
            }})()""")
            self.browser.settle()
            pictures.add(self.pixels(".stage canvas"))
            self.assertIn("singular value",
                          self.value("document.querySelector('.key').textContent"))
        self.value("""(() => {
            const select = document.querySelector(".axes select");
            select.value = "2";
            select.dispatchEvent(new Event("change"));
        })()""")
        self.browser.settle()
        pictures.add(self.pixels(".stage canvas"))
        self.assertEqual(len(pictures), 4)

    def walk_to(self, frame):
        self.value(f"""(() => {{
            const slider = document.querySelector(".slide input");
            slider.value = {frame};
            slider.dispatchEvent(new Event("input"));
        }})()""")
        self.browser.settle()
        return [self.pixels(".frames canvas", k) for k in range(3)]

    def test_slider_walks(self):
        for path in ("sundial/report.html", "torus/report.html"):
            self.visit(path)
            view = self.pixels(".stage canvas")
            start, middle, end = (self.walk_to(frame) for frame in (0, 4, 8))
            for k in range(3):
                self.assertEqual(len({start[k], middle[k], end[k]}), 3, (path, k))
            self.assertEqual(start[0], start[2])  # the blend and the geodesic have the same ends
            self.assertEqual(end[0], end[2])
            self.assertEqual(len(set(middle)), 3)
            self.assertNotEqual(self.pixels(".stage canvas"), view, path)
            self.tearDown()

    def test_slider_by_keyboard(self):
        self.visit()
        self.value("document.querySelector('.slide input').focus()")
        before = self.pixels(".frames canvas", 1)
        self.browser.press("ArrowRight")
        self.assertEqual(self.value("document.querySelector('.slide output').textContent"),
                         "t = 0.125")
        self.assertNotEqual(self.pixels(".frames canvas", 1), before)

    def test_ends(self):
        self.visit()
        chosen = "[...document.querySelectorAll('.end input:checked')].map(i => Number(i.value))"
        self.assertEqual(self.value(chosen), [0, 1])
        before = self.walk_to(0)
        summary = self.value("document.querySelector('.summary').textContent")
        self.browser.click(*self.browser.center("fieldset .end", 3))
        self.assertEqual(self.value(chosen), [3, 1])
        self.assertNotEqual(self.walk_to(0)[0], before[0])
        self.assertNotEqual(self.value("document.querySelector('.summary').textContent"), summary)
        self.browser.click(*self.browser.center("fieldset .end", 8 + 3))  # the ends are swapped
        self.assertEqual(self.value(chosen), [1, 3])

    def test_chart_values(self):
        self.visit()
        names, *lines = (self.folder / "sundial" / "metrics.csv").read_text().splitlines()
        rows = [dict(zip(names.split(","), line.split(","))) for line in lines]
        losses = {row["step"]: row for row in rows if row["phase"] == "encoder"}
        read = "document.querySelector('.chart .tip').innerText"

        def check():
            step, *values = self.value(read).splitlines()
            row = losses[step.removeprefix("step ")]
            found = dict(line.rsplit(" ", 1) for line in values)
            for label, column in (("E", "loss"), ("distortion", "distortion"),
                                  ("bending", "bending")):
                self.assertAlmostEqual(float(found[label]) / float(row[column]), 1.0, delta=1e-3)
            return step

        x, y = self.browser.center(".chart")
        self.browser.move(x, y)
        by_pointer = check()
        self.browser.move(5, 5)
        self.assertTrue(self.value("document.querySelector('.chart .tip').hidden"))
        self.value("document.querySelector('.chart').focus()")
        self.browser.press("End")
        self.assertEqual(check(), "step 60")
        self.browser.press("ArrowLeft")
        self.assertEqual(check(), "step 50")
        self.assertNotEqual(by_pointer, "step 60")

    def test_reachable_and_named(self):
        """Everything that can have the focus has a name for screen readers."""
        self.visit("both.html")
        self.browser.call("Accessibility.enable")
        nodes = self.browser.call("Accessibility.getFullAXTree")["nodes"]
        focusable = 0
        for node in nodes:
            properties = {entry["name"]: entry["value"].get("value")
                          for entry in node.get("properties", [])}
            role = node.get("role", {}).get("value")
            if properties.get("focusable") and not node.get("ignored") and role != "RootWebArea":
                focusable += 1
                self.assertTrue(node.get("name", {}).get("value"), node)
        self.assertGreater(focusable, 40)
        self.value("document.body.focus()")
        reached = set()
        for _ in range(12):
            self.browser.press("Tab")
            reached.add(self.value("document.activeElement.tagName"))
        self.assertTrue({"CANVAS", "SELECT", "BUTTON", "INPUT"} <= reached, reached)

if browser.find() is None:
    print("skipped: needs Chromium (or LOWBEND_BROWSER)")
    sys.exit(77)
harness.main()
