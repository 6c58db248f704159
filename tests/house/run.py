#!/usr/bin/env python3
"""The rules of the house, each a file here: includes, mirror, tags, references, words, tracked, unused. First each rule is shown a
small tree with a fault in it and must find that; then all of them look at the project.
usage: tests/house/run.py [RULE…]      all of them when none is named"""
import importlib
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from tree import Tree

RULES = ("includes", "mirror", "tags", "references", "words", "tracked", "unused")


def main():
    wanted = sys.argv[1:] or RULES
    unknown = [w for w in wanted if w not in RULES]
    if unknown:
        print(f"no rule {unknown[0]}: there are {', '.join(RULES)}")
        return 2
    result = unittest.TextTestRunner(verbosity=0).run(unittest.defaultTestLoader.discover(HERE, pattern="test_*.py"))
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    tree, count = Tree.read(os.path.join(HERE, "..", "..")), 0
    for rule in wanted:
        for problem in importlib.import_module(rule).problems(tree):
            print(problem)
            count += 1
    print(f"house: {len(tree.names)} files, {count} problems")
    return 1 if count or not tree.product() else 0


if __name__ == "__main__":
    sys.exit(main())
