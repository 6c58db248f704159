"""The files of the project as the rules see them: names and texts, C and Lua without comments, and comments alone. A rule
is a function of a Tree, so that its test can plant a fault in a tree of two files."""
import os
import re
import subprocess

C_COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
LUA_COMMENT = re.compile(r'--\[\[.*?\]\]|--[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
HASH_COMMENT = re.compile(r'"""(?:.*?)"""|(?<![^\s;(])#[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def is_comment(text):
    return text.startswith(("/*", "//", "--", "#", '"""'))


class Tree:
    def __init__(self, texts, root=None):
        self.root, self.texts = root, dict(texts)
        self.names = sorted(self.texts)
        self.cache = {}

    @staticmethod
    def read(root):
        """Every tracked file, and those that would be added; outside of git: every file but build output."""
        out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=root, capture_output=True, text=True)
        names = out.stdout.split("\0") if out.returncode == 0 else [
            os.path.relpath(os.path.join(d, f), root) for d, _, fs in os.walk(root) for f in fs
            if not os.path.relpath(d, root).startswith(("build", ".git"))]
        return Tree({name: None for name in names if name and os.path.isfile(os.path.join(root, name))}, root)

    def text(self, name):
        if self.texts[name] is None:
            with open(os.path.join(self.root, name), encoding="utf-8", errors="replace") as file:
                self.texts[name] = file.read()
        return self.texts[name]

    def size(self, name):
        return os.path.getsize(os.path.join(self.root, name)) if self.root else len(self.text(name).encode())

    def under(self, *tops, ends=(".c", ".h")):
        return [n for n in self.names if n.startswith(tuple(t + "/" for t in tops)) and n.endswith(tuple(ends))]

    def product(self):
        """The C of the product."""
        return self.under("host", "adapters")

    def code(self, name):
        """C or Lua with comments and texts blanked; lines stay where they are."""
        if name not in self.cache:
            pattern = LUA_COMMENT if name.endswith(".lua") else C_COMMENT
            self.cache[name] = pattern.sub(blank, self.text(name))
        return self.cache[name]

    def comments(self, name):
        """(line, text) of each comment; of a page, each of its lines."""
        text = self.text(name)
        if name.endswith(".md"):
            return list(enumerate(text.split("\n"), 1))
        pattern = C_COMMENT if name.endswith((".c", ".h", ".def")) else LUA_COMMENT if name.endswith(".lua") else HASH_COMMENT
        return [(text.count("\n", 0, m.start()) + 1, m.group(0)) for m in pattern.finditer(text) if is_comment(m.group(0))]


def at(path, line, text):
    return f"{path}:{line}: {text}"
