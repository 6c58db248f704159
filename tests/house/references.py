"""A reference points at something. Comments and pages name invariants (I4), notes (note 8) and sections (2.6) of docs/orders.md,
pages with their headings, files, and names of the code: each of them must be there, or the reader is sent nowhere."""
import os
import re

from tree import at

HERE = "tests/house/references.py"
LAW = "docs/orders.md"
SOURCES = (".c", ".h", ".def", ".lua", ".py", ".sh", ".cmake", ".txt", ".md", "Makefile")
NO_FILES = {        # names in comments and pages that are no files of the project, and what they are
    "ema_filtered.lua": "a run script that docs/filters.md has people write",
    "last_bars.lua": "a filter that docs/filters.md has people write",
}
NO_NAMES = {        # mt_ names in comments and pages that are not in the code, and what they are
}
SECTION = re.compile(r"(?:\bsections? |\btable |\blaw |orders\.md |\()(\d\.\d)(?=[),;:. ]|$|\*/)(?!\.\d)")
OTHER = re.compile(r"\b(scripting|product|architecture|design|order-states|house-2|style-by-example)(?:\.md)?(?:,? section)? (\d+(?:\.\d+)*)")
INVARIANT = re.compile(r"(?<![\w./-])I(\d{1,2})(?![\w.])")
NOTE = re.compile(r"\bnotes? (\d+)\b")
PAGE = re.compile(r"(?<![\w/.-])((?:docs/|\.\./)?[A-Za-z][\w./-]*\.md)(#[\w-]+)?")
FILE = re.compile(r"(?<![\w/.*<-])((?:[\w-]+/)*[\w-]+\.(?:c|h|def|lua|py|sh|cmake))\b(?![\w(]|\.\w)")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
NAME = re.compile(r"(?<![\w*-])((?:mt|MT)_\w*[a-z0-9A-Z])(?![\w*])")


def anchors_of(tree, page):
    out, counts = set(), {}
    for line in tree.text(page).split("\n"):
        if re.match(r"#+ ", line):
            slug = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()).replace(" ", "-")
            counts[slug] = counts.get(slug, 0) + 1
            out.add("#" + slug if counts[slug] == 1 else f"#{slug}-{counts[slug] - 1}")
    return out


class Law:
    def __init__(self, tree):
        text = tree.text(LAW) if LAW in tree.texts else ""
        self.sections = set(re.findall(r"^#+ (\d+(?:\.\d+)?) ", text, re.M))
        self.invariants = set(re.findall(r"^\| I(\d+) \|", text, re.M))
        notes = re.search(r"^Notes:\n(.*?)^#", text, re.M | re.S)
        self.notes = set(re.findall(r"^(\d+)\. ", notes.group(1), re.M)) if notes else set()


def is_law_abiding(name):
    """Where bare numbers in brackets are sections of the law: C of the engine and below, and its tests."""
    return name.endswith((".c", ".h")) and name.startswith(("host/core", "host/model", "adapters/sim", "tests/host/core",
                                                            "tests/host/model", "tests/adapters/sim", "tests/sim"))


def check_law(law, name, line, text, found):
    for match in OTHER.finditer(text):
        found.append(at(name, line, f"'{match.group(0)}': name a page of docs/ and its heading, or say what it says"))
    text = OTHER.sub("", text)
    if is_law_abiding(name) or name == LAW:
        for number in SECTION.findall(text):
            if number not in law.sections:
                found.append(at(name, line, f"'{number}': {LAW} has no such section"))
    if name.endswith((".c", ".h")) or name == LAW:
        for number in INVARIANT.findall(text):
            if number not in law.invariants:
                found.append(at(name, line, f"'I{number}': {LAW} has no such invariant"))
        for number in NOTE.findall(text):
            if number not in law.notes:
                found.append(at(name, line, f"'note {number}': {LAW} has no such note"))


def check_pages(tree, pages, anchors, name, line, text, found):
    for match in PAGE.finditer(text):
        page, anchor = match.groups()
        here = os.path.normpath(os.path.join(os.path.dirname(name), page))
        target = next((p for p in (page, here, "docs/" + page) if p in tree.texts), None)
        if target is None:
            if not any(p.endswith("/" + page) for p in pages):
                found.append(at(name, line, f"'{page}': no such page"))
        elif anchor and anchor not in anchors.setdefault(target, anchors_of(tree, target)):
            found.append(at(name, line, f"'{page}{anchor}': the page has no such heading"))


def check_files(tree, endings, no_files, name, line, text, found, used):
    for path in FILE.findall(text):
        base = os.path.basename(path)
        if path in tree.texts or path in endings or re.match(r"(.*/)?(\w+_)?[A-Z]+\.|(\w/)?\w\.", path) or name.startswith("tests/") and "/" not in path:
            continue                    # NAME.lua, s.lua, a/b.lua: of an example; tests write files of their own
        if base in no_files:
            used.add(base)
            continue
        found.append(at(name, line, f"'{path}': no such file"))


def problems(tree, no_files=None, no_names=None):
    no_files = NO_FILES if no_files is None else no_files
    no_names = NO_NAMES if no_names is None else no_names
    law, anchors, found, used = Law(tree), {}, [], set()
    pages = [n for n in tree.names if n.endswith(".md")]
    endings = {"/".join(n.split("/")[i:]) for n in tree.names for i in range(n.count("/") + 1)}
    names = set()
    for name in tree.names:
        if name.endswith((".c", ".h", ".def", ".lua", ".py", ".txt", ".cmake")) and not name.startswith("tests/data/"):
            text = COMMENT.sub(" ", tree.text(name)) if name.endswith((".c", ".h")) else tree.text(name)
            names.update(re.findall(r"\b(?:mt|MT)\w*", text))
    for name in tree.names:
        if not name.endswith(SOURCES) or name.startswith(("tests/data/", "tests/house/")):
            continue
        for line, text in tree.comments(name):
            check_law(law, name, line, text, found)
            check_pages(tree, pages, anchors, name, line, text, found)
            check_files(tree, endings, no_files, name, line, text, found, used)
            for word in NAME.findall(text):
                if word in no_names:
                    used.add(word)
                elif word not in names and not any(n.startswith(word) for n in names):
                    found.append(at(name, line, f"'{word}': no such name in the code"))
    return found + [at(HERE, 1, f"{which}: nobody names {n} any more")
                    for which, those in (("NO_FILES", no_files), ("NO_NAMES", no_names)) for n in those if n not in used]
