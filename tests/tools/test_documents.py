"""The documents: links, anchors, pictures, paths, installed files, and the version they state.

Each rule is also shown a mistake that it must find.
"""

import pathlib
import re
import sys
import tempfile
import unittest

import run_tutorial
import source_files

ROOT = source_files.ROOT
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PATH = re.compile(r"`((?:src|cl|tests|tools|include|docs)/[\w./-]*[\w-])[^`\n]*`")
SECTION = re.compile(r"method\.md, sections? (\d)(?: and (\d))?")
LONGEST_README = 120


def documents(root=ROOT):
    return [root / name for name in source_files.source_files(root) if name.suffix == ".md"]


def anchors(text):
    """Anchors that GitHub generates from headings."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in HEADING.findall(text)}


def broken_links(path):
    """Broken links of a document."""
    text = path.read_text(encoding="utf-8")
    for target in LINK.findall(CODE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        linked = path.parent / name if name else path
        if not linked.exists():
            yield f"{path}: {target}: no such file"
        elif anchor and anchor not in anchors(linked.read_text(encoding="utf-8")):
            yield f"{path}: {target}: no such heading"


def pictures(path):
    """Files of the pictures in a document."""
    return {(path.parent / name).resolve() for name in
            re.findall(r"!\[[^]]*\]\(([^)\s]+)", path.read_text(encoding="utf-8"))}


def stated_versions():
    """The version stated in each file, by file name."""
    places = {"meson.build": r"^  version: '(.*)',$",
              "CITATION.cff": r"^version: (.*)$",
              "CHANGELOG.md": r"^## \[(\d.*?)\]",
              "tools/debian/changelog": r"^lowbend \((.*?)-\d+\)",
              "src/cli/lowbend.1": r'^\.TH LOWBEND 1 "" "lowbend (.*?)"'}
    found = {}
    for name, pattern in places.items():
        match = re.search(pattern, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        found[name] = match and match.group(1)
    return found


class Documents(unittest.TestCase):
    def test_links(self):
        for path in documents():
            self.assertEqual(list(broken_links(path)), [])

    def test_broken_links_are_found(self):
        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name) / "page.md"
            path.write_text("# One: two, `three`\n[a](#one-two-three) [b](#none) [c](none.md)\n"
                            "[d](page.md#one-two-three) ![e](none.png \"title\") `[f](none)`\n")
            self.assertEqual([text.split(": ")[1] for text in broken_links(path)],
                             ["#none", "none.md", "none.png"])

    def test_paths(self):
        """Files that the text names exist."""
        for path in documents():
            if path.name == "CHANGELOG.md":  # mentions removed files
                continue
            for name in PATH.findall(path.read_text(encoding="utf-8")):
                if not re.search("NAME|ROOM", name):
                    self.assertTrue((ROOT / name).exists(), f"{path}: {name}")

    def test_functions(self):
        """Functions of the library mentioned in the text exist."""
        known = set()
        for name in source_files.source_files():
            if name.suffix == ".h" and name.parts[0] in ("include", "src"):
                known.update(re.findall(r"\blb_\w+",
                                        (ROOT / name).read_text(encoding="utf-8")))
        self.assertGreater(len(known), 500)
        for path in documents():
            named = set(re.findall(r"\b(lb_\w+)\(\)", path.read_text(encoding="utf-8")))
            self.assertLessEqual(named - {"lb_noun_verb", "lb_network_get_info"}, known, path)

    def test_readme_is_short(self):
        lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        self.assertLessEqual(len(lines), LONGEST_README)

    def test_pictures_are_shown(self):
        shown = set().union(*map(pictures, documents()))
        kept = set((ROOT / "docs" / "pictures").iterdir())
        self.assertEqual(shown, {path.resolve() for path in kept})

    def test_all_are_installed(self):
        listed = re.findall(r"^ +'(?!\.\.)(.+?)'",
                            (ROOT / "docs" / "meson.build").read_text(encoding="utf-8"),
                            re.MULTILINE)
        files = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*")
                 if path.suffix in (".md", ".png", ".svg")}
        self.assertEqual({name for name in listed if name[1:].count(".")}, files)

    def test_versions(self):
        versions = stated_versions()
        self.assertEqual(len(set(versions.values())), 1, versions)
        meson = (ROOT / "meson.build").read_text(encoding="utf-8")
        soversion = re.search(r"soversion: '(\d+)'", meson).group(1)
        control = (ROOT / "tools" / "debian" / "control").read_text(encoding="utf-8")
        self.assertIn(f"\nPackage: liblowbend{soversion}\n", control)

    def test_packages_of_the_build(self):
        """Debian's build dependencies are the ones that tools/quickstart installs."""
        listed = re.search(r"build_packages=\((.*?)\)", (ROOT / "tools" / "packages.sh").read_text(
            encoding="utf-8"), re.DOTALL).group(1).split()
        control = (ROOT / "tools" / "debian" / "control").read_text(encoding="utf-8")
        needed = re.search(r"Build-Depends:(.*?)\n\S", control, re.DOTALL).group(1)
        self.assertLessEqual(set(listed) - {"gcc", "libc6-dev"},  # part of every build environment
                             set(re.findall(r"[\w-]+", needed)))

    def test_sections_of_the_method(self):
        """The sections that the code cites exist."""
        method = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
        numbered = set(re.findall(r"^## (\d)\. ", method, re.MULTILINE))
        cited = 0
        for name in source_files.source_files():
            if name.suffix in (".c", ".h", ".cl", ".py") and name.name != "test_documents.py":
                for match in SECTION.finditer((ROOT / name).read_text(encoding="utf-8")):
                    cited += 1
                    self.assertLessEqual(set(filter(None, match.groups())), numbered, name)
        self.assertGreater(cited, 5)


class Tutorial(unittest.TestCase):
    """The comparison in tools/run_tutorial.py; the test cli_tutorial runs it."""

    PAGE = "Text.\n```python file=one.py\nprint('width', 3.5)\n```\n```console\n" \
           "$ python3 one.py\nwidth 7\n$ false || echo \\\n    no\n{}\n```\n"

    def run_page(self, last):
        with tempfile.TemporaryDirectory() as name:
            tutorial = run_tutorial.Tutorial(pathlib.Path("/bin/true"), pathlib.Path(name))
            text = run_tutorial.BLOCK.sub(tutorial.block, self.PAGE.format(last))
            return tutorial.mistakes, text

    def test_numbers_may_differ(self):
        mistakes, text = self.run_page("no")
        self.assertEqual(mistakes, [])
        self.assertEqual(text, self.PAGE.format("no").replace("7", "3.5"))

    def test_words_may_not(self):
        mistakes, text = self.run_page("yes")
        self.assertEqual(len(mistakes), 1)
        self.assertIn("+no", mistakes[0])
        self.assertEqual(text, self.PAGE.format("no").replace("7", "3.5"))

    def test_failures_count(self):
        mistakes, _ = self.run_page("no\n$ exit 3")
        self.assertEqual(len(mistakes), 1)
        self.assertIn("exit status 3", mistakes[0])


unittest.main(argv=[sys.argv[0], "--verbose"])
