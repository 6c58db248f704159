"""What the repository holds: sources, pages, and small files that tests read. No build output, no journal, no data of a market,
nothing large; and a file of more than 700 lines (900, of tests) has an argument for itself."""
import re

from tree import at

NEVER = [
    (r"\.(mtj|torn|mts)$|(^|/)(spare|lock)$", "a journal or a store: what a run leaves behind"),
    (r"^(build|var|venv|node_modules)/|/__pycache__/|\.(o|a|so|pyc|gcda|gcno|profraw|log|tmp|orig|rej|swp)$|~$", "build output"),
    (r"(^|/)(core|mthost|summary\.json|trades\.csv|fills\.csv|orders\.csv|equity\.csv|marks\.csv|compile_commands\.json)$",
     "what a build or a run leaves behind"),
    (r"(^|/)\.env$|\.(pem|key|p12)$|(^|/)id_(rsa|ed25519)", "a secret"),
]
LARGE = 300 * 1024
LARGE_WHY = {       # file: why it may be so large
}
LINES, TEST_LINES = 700, 900        # a file of tests is a list, whose rows do not know each other
LINES_WHY = {       # file: why it is one subject in spite of its length
    "docs/indicators.md": "a table of all indicators, written by tests/scripts/indicators_doc.lua",
}


def is_source(name):
    return name.endswith((".c", ".h", ".lua", ".py", ".sh", ".cmake", ".md")) or name.endswith(("Makefile", "CMakeLists.txt"))


def problems(tree, large=None, lines=None):
    large = LARGE_WHY if large is None else large
    lines = LINES_WHY if lines is None else lines
    found, used = [], set()
    for name in tree.names:
        why = next((why for pattern, why in NEVER if re.search(pattern, name)), None)
        if why:
            found.append(at(name, 1, f"{why}: it belongs into .gitignore"))
        if tree.size(name) > LARGE:
            used.add(name)
            if name not in large:
                found.append(at(name, 1, f"{tree.size(name) // 1024} KiB: at most {LARGE // 1024}; tests make their data themselves"))
        if is_source(name):
            count = tree.text(name).count("\n")
            if count > (TEST_LINES if name.startswith("tests/") else LINES):
                used.add(name)
                if name not in lines:
                    found.append(at(name, 1, f"{count} lines: look for the second subject in it"))
    return found + [at(n, 1, "needs no exception any more: take it out of tests/house/tracked.py")
                    for n in list(large) + list(lines) if n not in used]
