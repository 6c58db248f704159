"""The examples of docs/data-files.md are run, and must say what the page says."""
import os
import re
import shlex
import unittest

import program

PAGE = os.path.join(program.SOURCE, "docs", "data-files.md")


class Examples(program.Program):
    def test_examples_of_the_page(self):
        with open(PAGE) as file:
            text = file.read()
        files = re.findall(r"<!-- file (\S+) -->\n```\n(.*?)```", text, re.S)
        examples = re.findall(r"\n```\n(\$ mthost .*?)```", text, re.S)
        self.assertGreaterEqual((len(files), len(examples)), (2, 2))
        for name, data in files:
            self.write(name, data)
        for example in examples:
            for part in re.split(r"^\$ mthost ", example, flags=re.M)[1:]:
                command, _, expected = part.partition("\n")
                with self.subTest(command=command):
                    result = self.mthost(*shlex.split(command), code=(0, 1))
                    told = result.out if result.code == 0 else result.err
                    self.assertEqual(told.splitlines(), expected.splitlines())

    def test_every_option_that_a_message_may_name_is_one(self):
        shown = self.mthost("data", "--help").out
        for option in ("--columns", "--dates", "--decimal", "--time-unit", "--date", "--tz", "--symbols", "--format", "--from", "--to"):
            self.assertIn(option + " ", shown)


if __name__ == "__main__":
    unittest.main()
