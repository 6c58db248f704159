"""What a person types who has the source: every target of make works or is refused, and .env.example is what it says."""
import os
import re
import shutil
import subprocess
import unittest

import program


def make(*words, cwd=program.SOURCE):
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *words], cwd=cwd, env=env, capture_output=True, text=True, timeout=60)


def source(name):
    with open(os.path.join(program.SOURCE, name)) as file:
        return file.read()


@unittest.skipUnless(shutil.which("make"), "make is not installed")
class Make(unittest.TestCase):
    def test_a_target_that_is_none_is_refused_with_a_hint(self):
        for name in os.listdir(program.SOURCE) + ["all", "check", "nosuch", "lint", "docs/", "./host", "test-release", "test-nosuch", "unit",
                                                  "distclean", "uninstall", "debug", "release", "t"]:
            if name in ("build", "bench"):              # folders, and targets too
                continue
            with self.subTest(name=name):
                done = make("-n", name)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertIn("no such target", done.stderr)
                self.assertIn("make help", done.stderr)

    def test_every_target_does_something_that_is_there(self):
        listed = re.findall(r"^  ([a-z-]+) ", make("help").stdout, re.M)
        self.assertGreater(len(listed), 15)
        for name in listed:
            done = make("-n", name)
            self.assertEqual(done.returncode, 0, name + done.stderr)
            self.assertNotIn("Nothing to be done", done.stdout)
            commands = done.stdout.split()
            for script in (word for word in commands if re.fullmatch(r"(tests|bench|cmake)/\S+\.(sh|py)", word)):
                self.assertTrue(os.access(os.path.join(program.SOURCE, script), os.R_OK), script)
            self.assertTrue(commands, name)
        phony = re.search(r"TARGETS := (.*?)\nPACKAGES", source("Makefile"), re.S).group(1).replace("\\\n", " ").split()
        self.assertEqual(sorted(phony), sorted(listed), "make help and the targets")
        for name in re.findall(r"`make ([a-z-]+)", source("CONTRIBUTING.md") + source("README.md")):
            self.assertIn(name, listed)

    def test_one_test_alone(self):
        part = ["tests/part.sh", "one", "1"]
        for what in ("", "nosuch", "tests/host/base/test_nosuch.c", "tests/programs/test_nosuch.py", "README.md"):
            done = subprocess.run([*part, what], cwd=program.SOURCE, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 2, what)
            self.assertIn("tests: ", done.stderr)
        for what in re.findall(r"make test-one T=(\S+)", source("CONTRIBUTING.md")):
            file, _, inside = what.partition(":")
            self.assertIn(inside.split(".")[-1], source(file))


class EnvExample(program.Program):
    def test_it_can_be_copied_and_has_every_name(self):
        self.write("s.lua", 'local mt = require "mthost"\nlocal S = mt.strategy {}\nfunction S:on_bar(b) self:log("info", "x") end\nreturn S\n')
        self.write("b.csv", program.bars_csv([100, 101, 102]))
        words = ["backtest", "s.lua", "--data", "b.csv", "--symbols", "XX"]
        text = source(".env.example")
        self.write(".env", text)
        self.assertEqual(self.mthost(*words).err, "")
        known = re.findall(r'^    \{ "([A-Z_]+)", (?:true|false),', source("host/app/config_table.c"), re.M)
        self.assertGreater(len(known), 4)
        self.assertEqual(sorted(re.findall(r"^(?:# )?([A-Z_]+)=", text, re.M)), sorted(known))
        self.write(".env", text.replace("LOG_LEVEL=WARNING", "LOG_LEVEL=info"))
        self.assertIn('"level":"INFO"', self.mthost(*words).err)
        self.write(".env", text.replace("# API_TOKEN=", "API_TOKEN=secret"))
        os.chmod(self.path(".env"), 0o644)
        said = self.mthost(*words, code=3).err
        self.assertIn("chmod 600", said)
        self.assertNotIn("secret\n", said)
        os.chmod(self.path(".env"), 0o600)
        self.mthost(*words)


if __name__ == "__main__":
    unittest.main()
