"""Each rule sees the fault that is planted for it, and nothing in the same tree without it."""
import unittest

import includes
import mirror
import references
import tags
import tracked
import unused
import words
from tree import Tree

LAW = "| I4 | once |\n## 2 The machine\n### 2.6 Busts\nNotes:\n\n8. **A sum**\n\n### 2.7 Next\n"


class Rules(unittest.TestCase):
    def found(self, rule, files, *lists):
        return rule.problems(Tree(files), *lists)

    def assert_finds(self, rule, files, text, *lists):
        found = self.found(rule, files, *lists)
        self.assertEqual(len(found), 1, found)
        self.assertIn(text, found[0])

    def assert_clean(self, rule, files, *lists):
        self.assertEqual(self.found(rule, files, *lists), [])


class Includes(Rules):
    NONE = ({}, {}, {})
    LINE = {"host/core/a.h": "", "host/core/a.c": '#include "core/a.h"\n#include "core/b.h"\n', "host/core/b.h": "", "host/core/b.c": ""}

    def test_a_line_is_no_circle(self):
        self.assert_clean(includes, self.LINE, *self.NONE)

    def test_a_circle_of_headers(self):
        self.assert_finds(includes, {"host/core/a.h": '#include "core/b.h"\n', "host/core/b.h": '#include "core/a.h"\n'}, "circle of 2", *self.NONE)

    def test_a_circle_of_pairs(self):
        self.assert_finds(includes, {**self.LINE, "host/core/b.c": '#include "core/a.h"\n'}, "host/core/b.c includes core/a.h", *self.NONE)

    def test_a_circle_over_three_floors(self):
        files = {f"{x}.h": f'#include "{y}.h"\n' for x, y in (("adapters/sim/a", "core/b"), ("host/core/b", "model/c"), ("host/model/c", "adapters/sim/a"))}
        self.assert_finds(includes, files, "circle of 3", *self.NONE)

    def test_parts_of_one_subject_may_know_each_other(self):
        self.assert_clean(includes, {"host/core/a.h": "", "host/core/a.c": '#include "core/a_part.h"\n', "host/core/a_part.h": '#include "core/a.h"\n'}, *self.NONE)

    DOOR = {"host/core/a.h": "", "host/core/a_private.h": "void mt_b(void);\n", "host/core/a.c": '#include "core/a_private.h"\n',
            "host/core/b.c": '#include "core/a_private.h"\nvoid mt_b(void)\n{\n}\n'}

    def test_a_private_header_of_two_subjects_is_a_circle_and_no_ones_own(self):
        found = self.found(includes, self.DOOR, *self.NONE)
        self.assertEqual(len(found), 2, found)
        self.assertIn("a_private.h declares mt_b", found[0])
        self.assertIn("is private to host/core/a", found[1])

    def test_a_known_circle_may_stand_but_not_grow(self):
        known = ({"host/core/a": (2, "")}, {"host/core/a_private.h": ""}, {})
        self.assert_clean(includes, self.DOOR, *known)
        grown = {**self.DOOR, "host/core/a_private.h": "void mt_b(void);\nvoid mt_c(void);\n",
                 "host/core/c.c": '#include "core/a_private.h"\nvoid mt_c(void)\n{\n}\n'}
        self.assert_finds(includes, grown, "grown from 2 to 3", *known)

    def test_exceptions_that_nobody_needs(self):
        for lists, text in ((({"host/core/a": (2, "")}, {}, {}), "CIRCLES"), (({}, {"host/core/a_private.h": ""}, {}), "PRIVATE"),
                            (({}, {}, {"host/core/a.h": ""}), "FACES")):
            self.assert_finds(includes, self.LINE, text, *lists)

    def test_a_header_that_speaks_for_others(self):
        files = {**self.LINE, "host/core/b.h": "int mt_c_do(int (*how)(void), int x) MT_CHECKED;\n", "host/core/c.c": "int mt_c_do(int (*how)(void), int x)\n{\n}\n"}
        self.assert_finds(includes, files, "declares mt_c_do", *self.NONE)
        self.assert_clean(includes, files, {}, {}, {"host/core/b.h": ""})

    def test_a_comment_includes_nothing(self):
        self.assert_clean(includes, {**self.LINE, "host/core/b.c": '/* see "core/a.h" */\n'}, *self.NONE)


class Mirror(Rules):
    def test_a_file_without_a_test(self):
        self.assert_finds(mirror, {"host/core/a.c": ""}, "tests/host/core/test_a.c", {})
        self.assert_finds(mirror, {"scripts/filters/a.lua": ""}, "tests/scripts/filters/a_spec.lua", {})

    def test_its_test_a_part_of_it_and_the_test_of_its_subject(self):
        for test in ("test_a_b.c", "test_a_b_more.c", "test_a.c"):
            self.assert_clean(mirror, {"host/core/a_b.c": "", "host/core/a.h": "", "tests/host/core/" + test: ""}, {})
        self.assert_finds(mirror, {"host/core/a_b.c": "", "tests/host/core/test_a.c": ""}, "no test", {})
        self.assert_finds(mirror, {"host/core/a_b.c": "", "host/core/a.h": "", "tests/host/core/test_ab.c": ""}, "no test", {})

    def test_elsewhere(self):
        files = {"host/core/a.c": "", "tests/host/core/test_x.c": "mt_a();"}
        self.assert_clean(mirror, files, {"host/core/a.c": ("tests/host/core/test_x.c", "mt_a")})
        for entry, text in ((("tests/host/core/test_y.c", "mt_a"), "no such file"), (("tests/host/core/test_x.c", "mt_b"), "does not contain")):
            self.assert_finds(mirror, files, text, {"host/core/a.c": entry})

    def test_exceptions_that_nobody_needs(self):
        self.assert_finds(mirror, {"host/core/a.c": "", "tests/host/core/test_a.c": "mt_a"}, "take it out", {"host/core/a.c": ("tests/host/core/test_a.c", "mt_a")})
        self.assert_finds(mirror, {"host/core/a.c": "", "tests/host/core/test_a.c": ""}, "no such file", {"host/core/gone.c": ("tests/host/core/test_a.c", "")})


class Tags(Rules):
    def test_a_tag_defined_twice(self):
        for a, b in (("struct t {", "struct t {"), ("enum t { A }", "struct t {"), ("union t {", "union t {")):
            self.assert_finds(tags, {"host/core/a.h": a, "adapters/sim/b.c": b}, "t is defined in")

    def test_uses_and_comments_define_nothing(self):
        self.assert_clean(tags, {"host/core/a.h": "struct t { int x; };", "host/core/b.c": "struct t x;\n/* struct t { */ struct u { struct t y; };"})


class References(Rules):
    def test_what_is_there(self):
        text = "/* (I4) (2.6): note 8; section 2.6, docs/orders.md#26-busts core/a.c */ int mt_x;"
        self.assert_clean(references, {"docs/orders.md": LAW, "host/core/a.c": text, "host/core/b.c": "/* mt_x, mt_x_*, a.c, NAME.lua */"}, {}, {})

    def test_what_is_not(self):
        for text in ("(I5)", "I12", "note 9", "(2.9)", "(2.9: x)", "section 3.1", "docs/nowhere.md", "docs/orders.md#nothing", "core/b.c", "mt_gone",
                     "MT_GONE", "scripting 10.6", "product.md section 6", "order-states 5.2"):
            found = self.found(references, {"docs/orders.md": LAW, "docs/scripting.md": "", "docs/product.md": "", "host/core/a.c": f"/* a {text} b */"}, {}, {})
            self.assertEqual(len(found), 1, (text, found))

    def test_other_languages(self):
        for name, text in (("scripts/a.lua", "-- see lib/b.lua"), ("tests/a.py", '"""docs/gone.md"""'), ("cmake/a.cmake", "# cmake/b.cmake"),
                           ("docs/a.md", "[x](gone.md)"), ("docs/a.md", "`mt_gone` is"), ("README.md", "docs/orders.md#nothing")):
            self.assertEqual(len(self.found(references, {"docs/orders.md": LAW, name: text}, {}, {})), 1, name)

    def test_numbers_that_are_no_references(self):
        self.assert_clean(references, {"docs/orders.md": LAW, "host/core/a.c": "/* at 100.5 (0.25), 2.5 lots (12.5) */", "host/app/b.c": "/* (1.5) */"}, {}, {})

    def test_exceptions_that_nobody_needs(self):
        self.assert_finds(references, {"docs/orders.md": LAW}, "NO_FILES", {"x.lua": ""}, {})
        self.assert_finds(references, {"docs/orders.md": LAW}, "NO_NAMES", {}, {"mt_x": ""})


class Words(Rules):
    def test_another_meaning(self):
        for text in ("struct mt_book_keeper;", "int mt_order_ask;", "int mt_ask_now(void);", "int mt_session_plans;"):
            self.assertEqual(len(self.found(words, {"host/core/a.h": text}, {})), 1, text)
        self.assert_finds(words, {"host/core/order_book.c": ""}, "order book", {})

    def test_the_meaning(self):
        self.assert_clean(words, {"host/core/plan.c": "struct mt_plan; mt_plan_set(); mt_view_bar x; MT_COLUMN_ASK; int ask; mt_asked; mt_booking;"}, {})

    def test_debts(self):
        self.assert_clean(words, {"host/core/a.h": "struct mt_book_keeper;"}, {"mt_book_keeper": ""})
        self.assert_finds(words, {"host/core/a.h": ""}, "no debt any more", {"mt_book_keeper": ""})


class Tracked(Rules):
    def test_what_should_never_be(self):
        for name in ("var/runs/1/0000000000000001.mtj", "a/b.mts", "build/x", "tests/__pycache__/a.pyc", "host/a.o", "mthost", ".env", "x.pem",
                     "results/trades.csv", "run.log"):
            self.assert_finds(tracked, {name: ""}, ".gitignore", {}, {})

    def test_size_and_length(self):
        self.assert_finds(tracked, {"a.bin": "x" * 400_000}, "KiB", {}, {})
        self.assert_clean(tracked, {"a.bin": "x" * 400_000}, {"a.bin": ""}, {})
        self.assert_finds(tracked, {"host/a.c": "\n" * 701}, "701 lines", {}, {})
        self.assert_finds(tracked, {"tests/a.c": "\n" * 901}, "901 lines", {}, {})
        self.assert_clean(tracked, {"host/a.c": "\n" * 701, "tests/a.c": "\n" * 900, "host/b.c": "\n" * 700}, {}, {"host/a.c": ""})

    def test_exceptions_that_nobody_needs(self):
        self.assert_finds(tracked, {"a.bin": ""}, "take it out", {"a.bin": ""}, {})
        self.assert_finds(tracked, {"host/a.c": ""}, "take it out", {}, {"host/a.c": ""})


class Unused(Rules):
    NONE = ({}, {}, {})
    HEADER, BODY = "int mt_a(int x) MT_CHECKED;\n", "int mt_a(int x)\n{\n    return mt_a(x);\n}\n"

    def test_a_function_that_only_its_file_or_a_test_calls(self):
        files = {"host/core/a.h": self.HEADER, "host/core/a.c": self.BODY, "tests/host/core/test_a.c": "mt_a(1);"}
        self.assert_finds(unused, files, "mt_a: nobody calls it", *self.NONE)
        self.assert_clean(unused, {**files, "host/core/b.c": "static int x(void)\n{\n    return mt_a(1);\n}\n"}, *self.NONE)
        self.assert_finds(unused, {**files, "host/core/b.c": "/* mt_a(1) */"}, "mt_a", *self.NONE)
        self.assert_clean(unused, files, {"mt_a": ""}, {}, {})

    def test_a_function_that_scripts_call(self):
        self.assert_clean(unused, {"host/model/abi.h": self.HEADER, "host/core/a.c": self.BODY, "host/script/a.lua": "C.mt_a(1)"}, *self.NONE)

    def test_a_number_that_no_code_names(self):
        files = {"host/core/a.h": "enum mt_e { MT_A, MT_B = 2, MT_C };", "host/core/a.c": "int x = MT_B + MT_C;"}
        self.assert_clean(unused, files, *self.NONE)
        self.assert_finds(unused, {**files, "host/core/a.c": "int x = MT_B; /* MT_C */"}, "MT_C", *self.NONE)

    def test_a_member_that_no_code_reads(self):
        struct = "struct mt_s { int x; int (*call)(void *self, int n); struct { char inner[4]; } in; };"
        use = "int f(struct mt_s *s)\n{\n    s->call(s, 1);\n    return s->in.inner[0] + %s;\n}\n"
        self.assert_clean(unused, {"host/core/a.h": struct, "host/core/a.c": use % "s->x"}, *self.NONE)
        self.assert_finds(unused, {"host/core/a.h": struct, "host/core/a.c": use % "(s->x = 3)"}, "nobody reads x", *self.NONE)
        self.assert_clean(unused, {"host/core/a.h": struct, "host/core/a.c": use % "(s->x = 3)"}, {}, {}, {"mt_s.x": ""})
        self.assert_finds(unused, {"host/core/a.h": struct, "host/core/a.c": "int f(struct mt_s *s)\n{\n    return s->x + s->in.inner[0];\n}\n"},
                          "nobody reads call", *self.NONE)

    def test_exceptions_that_nobody_needs(self):
        for lists, text in ((({"mt_x": ""}, {}, {}), "ONLY_TESTS"), (({}, {"MT_X": ""}, {}), "NUMBERS"), (({}, {}, {"mt_s.x": ""}), "MEMBERS")):
            self.assert_finds(unused, {"host/core/a.h": ""}, text, *lists)
