"""A struct, union or enum tag names one thing in the whole product, also where two files never meet: a debugger, a search and
a reader do not know where a file ends."""
import re

from tree import at

TAG = re.compile(r"\b(struct|union|enum)\s+(?:__attribute__\s*\(\(.*?\)\)\s*)?(\w+)\s*\{")


def problems(tree):
    first, found = {}, []
    for name in tree.product():
        code = tree.code(name)
        for match in TAG.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            if match.group(2) in first:
                found.append(at(name, line, f"{match.group(1)} {match.group(2)} is defined in {first[match.group(2)]} already"))
            else:
                first[match.group(2)] = f"{name}:{line}"
    return found
