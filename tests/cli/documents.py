"""The options that the documents name: each is one of the command's, by its --help."""

import re

import harness
import source_files

# Options of mpirun, git, meson and Python's tools, which the text mentions without their commands.
FOREIGN = {"--map-by", "--bind-to", "--mca", "--hostfile", "--version"}
COMMAND = re.compile(r"\blowbend ([a-z]+)\b([^`\n|#]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")
ALONE = re.compile(r"`(--[a-z][\w-]*)[^`\n]*`")


class Options(harness.CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        overview = cls.run_program(cls, "--help").stdout.split("commands:")[1].split("\n\n")[0]
        cls.options = {command: set(OPTION.findall(cls.run_program(cls, command, "--help").stdout))
                       for command in re.findall(r"^  ([\w-]+) ", overview, re.MULTILINE)}
        # The options of the scripts in tools/ are found in their text.
        cls.scripts = set().union(*(
            OPTION.findall((source_files.ROOT / name).read_text(encoding="utf-8"))
            for name in source_files.source_files()
            if name.parts[0] == "tools" and name.suffix in ("", ".py", ".sh")))

    def unknown(self, text):
        """Options that the text mentions but no command has."""
        for command, rest in COMMAND.findall(text):
            for option in OPTION.findall(rest) if command in self.options else ():
                if option not in self.options[command]:
                    yield f"lowbend {command} {option}"
        known = FOREIGN.union(self.scripts, *self.options.values())
        yield from (option for option in ALONE.findall(text) if option not in known)

    def test_documents(self):
        self.assertGreater(len(self.options), 15)
        for name in source_files.source_files():
            if name.suffix == ".md":
                text = (source_files.ROOT / name).read_text(encoding="utf-8")
                text = text.replace("\\\n", " ")
                self.assertEqual(list(self.unknown(text)), [], name)

    def test_mistakes_are_found(self):
        self.assertEqual(list(self.unknown("`lowbend train x --lamda 3`, `--nonsense` and "
                                           "`lowbend info RUN --steps 3`, `--steps 4`")),
                         ["lowbend train --lamda", "lowbend info --steps", "--nonsense"])


harness.main()
