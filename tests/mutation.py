#!/usr/bin/env python3
"""Mutants: one small wrong change of the code at a time, and whether a test notices it.

    mutation.py [FILE ...] [--sample N] [--skip N] [--seed N] [--at FILE:LINE] [--cases N] [--list]

By default those files are changed that decide how an order is sized, led and filled. The order of the mutants of a file is
drawn from the seed; --sample takes so many of them (all without it), --skip goes on behind those of an earlier run, --at takes
those of one line. Each is built in a copy of the tree below build/mutation, and runs against every unit test that links its
file and needs no longer than --longest, then against cases of the differential test; the first failure, crash or endless loop kills it. The cases are the first
whose answers the unchanged program and the model agree on. A mutant that does not compile, or whose object file is the same as
before, does not count.

What survives is either a hole in the tests or changes nothing. The latter are argued for in tests/mutation.txt; the exit code
is 1 when one survives that does not stand there. It takes seconds per mutant: nothing else calls this."""
import argparse
import collections
import contextlib
import filecmp
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "differential"))
import run as differential                                      # noqa: E402: the folder of that test is its home

FILES = ["host/core/leg.c", "host/core/plan.c", "adapters/sim/match.c", "host/core/sizing.c"]
REASONS = os.path.join(ROOT, "tests", "mutation.txt")
WORK = os.path.join(ROOT, "build", "mutation")
TREE, SCRATCH = os.path.join(WORK, "tree"), os.path.join(WORK, "scratch")
BUILD = os.path.join(TREE, "build", "mutation")
FLAGS = "-O1 -w"                                                # no -g: equal code gives equal object files
MEMORY, FILE_SIZE = 8 << 30, 1 << 30
BUILD_S, TEST_MIN_S, TEST_FACTOR = 300, 20, 10                  # a test gets ten times what it needs, and 20 s at least
CASE_S = 10                                                     # for the model

Mutant = collections.namedtuple("Mutant", "path begin end text operator")

# --- making them ------------------------------------------------------------------------------------------------------------

TOKEN = re.compile(r"[A-Za-z_]\w*|\d\w*|->|\+\+|--|<<=?|>>=?|[-+*/%&|^<>=!]=|&&|\|\||[-+*/%&|^<>=!?:;,.(){}\[\]~#]")
SWAPS = {
    "comparison": {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",), "!=": ("==",)},
    "connective": {"&&": ("||",), "||": ("&&",)},
    "arithmetic": {"+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("/",), "+=": ("-=",), "-=": ("+=",)},
    "rounding": {"MT_ROUND_UP": ("MT_ROUND_DOWN",), "MT_ROUND_DOWN": ("MT_ROUND_UP",)},
    "truth": {"true": ("false",), "false": ("true",)},
}
SMALL = 1000                                                    # constants up to here are tried one larger
OPEN, CLOSE = "([{", ")]}"


def code_only(text):
    """The text with blanks for comments, strings, characters, preprocessor lines and assertions, at the same places. An
    assertion says what never happens: no test can tell whether it is there."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", blank, text, flags=re.M)
    return re.sub(r"\bMT_ASSERT\([^;]*\);", blank, text)


def squeezed(text):
    return " ".join(text.split())


class Source:
    def __init__(self, path, text):
        self.path, self.text, self.squeezed = path, text, squeezed(text)
        self.code = code_only(text)
        self.tokens = [(m.start(), m.group(0)) for m in TOKEN.finditer(self.code)]

    def mutant(self, operator, first, last, text):
        """`text` instead of the tokens from first to last."""
        begin, (at, token) = self.tokens[first][0], self.tokens[last]
        return Mutant(self.path, begin, at + len(token), text, operator)

    def between(self, first, last):
        begin, (at, token) = self.tokens[first][0], self.tokens[last]
        return self.text[begin:at + len(token)]

    def partner(self, index):
        """Of an opening bracket: where it closes."""
        depth = 0
        for i in range(index, len(self.tokens)):
            depth += (self.tokens[i][1] in OPEN) - (self.tokens[i][1] in CLOSE)
            if depth == 0:
                return i
        return None

    def is_binary(self, index):
        """House style: a binary operator stands between blanks, a pointer or a sign does not."""
        at, token = self.tokens[index]
        return self.code[at - 1].isspace() and self.code[at + len(token)].isspace()

    def arms(self, index):
        """Of a ?: where its colon stands and its last token."""
        depth = waiting = 0
        colon = None
        for i in range(index + 1, len(self.tokens)):
            token = self.tokens[i][1]
            if depth == 0 and (token in CLOSE or token in (";", ",") or token == ":" and colon and not waiting):
                return (colon, i - 1) if colon else None
            depth += (token in OPEN) - (token in CLOSE)
            if depth == 0 and token == "?":
                waiting += 1
            elif depth == 0 and token == ":" and waiting:
                waiting -= 1
            elif depth == 0 and token == ":":
                colon = i
        return None

    def mutants(self):
        depth = 0
        for index, (at, token) in enumerate(self.tokens):
            depth += (token == "{") - (token == "}")
            before = self.tokens[index - 1][1] if index else ""
            yield from self.swapped(index, token)
            if token.isdigit() and int(token) <= SMALL and not self.asks_side(index - 1):
                changed = {"0": ["1"], "1": ["0", "2"]}.get(token, [str(int(token) + 1)])
                yield from (self.mutant("constant", index, index, c) for c in changed)
            if token == "-" and not self.is_binary(index) and self.code[at - 1] != "-":
                yield self.mutant("sign", index, index, "")
            if token == "if" and self.tokens[index + 1][1] == "(":
                last = self.partner(index + 1)
                yield self.mutant("condition", index + 1, last, "(!" + self.between(index + 1, last) + ")")
            if token == "?" and self.arms(index):
                colon, last = self.arms(index)
                yield self.mutant("arms", index + 1, last,
                                  f"({self.between(colon + 1, last)}) : ({self.between(index + 1, colon - 1)})")
            if depth and before in (";", "{", "}", ")", "else") and re.match(r"[a-z]\w*$", token):
                yield from self.without_call(index)

    def swapped(self, index, token):
        for operator, table in SWAPS.items():
            if operator == "arithmetic" and not self.is_binary(index):
                continue
            others = table.get(token, ())[-1:] if self.asks_side(index) else table.get(token, ())
            yield from (self.mutant(operator, index, index, other) for other in others)

    def asks_side(self, index):
        """`side < 0` and the like: a side is 1 or -1, so that only the opposite question is another one."""
        before, token, after = (self.tokens[i][1] for i in (index - 1, index, (index + 1) % len(self.tokens)))
        return before == "side" and token in ("<", ">") and after == "0"

    def without_call(self, index):
        if self.tokens[index + 1][1] != "(" or self.tokens[index][1] in ("if", "for", "while", "switch", "return", "sizeof"):
            return
        last = self.partner(index + 1)
        if last and self.tokens[last + 1][1] == ";":
            yield self.mutant("call", index, last, "")


def changed(source, mutant):
    """The lines of a mutant before and after, in single blanks, with so many lines above that the file has them once."""
    begin = source.text.rfind("\n", 0, mutant.begin) + 1
    end = source.text.find("\n", mutant.end)
    while begin > 0 and source.squeezed.count(squeezed(source.text[begin:end])) > 1:
        begin = source.text.rfind("\n", 0, begin - 1) + 1
    return (squeezed(source.text[begin:end]),
            squeezed(source.text[begin:mutant.begin] + mutant.text + source.text[mutant.end:end]))


def line_of(source, mutant):
    return source.text.count("\n", 0, mutant.begin) + 1


def drawn(source, arguments):
    """The mutants of a file in the order of the seed."""
    found = sorted(set(source.mutants()))
    random.Random(f"{arguments.seed} {source.path}").shuffle(found)
    if arguments.at:
        found = [m for m in found if f"{m.path}:{line_of(source, m)}" in arguments.at]
    return found


def reasons():
    """What tests/mutation.txt argues for: (path, line before, line after) -> why."""
    known = {}
    if os.path.exists(REASONS):
        with open(REASONS) as file:
            for block in re.split(r"\n\s*\n", file.read()):
                lines = [line for line in block.strip().split("\n") if not line.startswith("#")]
                if len(lines) >= 4:
                    known[lines[0], lines[1][2:], lines[2][2:]] = " ".join(lines[3:])
    return known


# --- building and running ---------------------------------------------------------------------------------------------------

def bounded():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def passes(command, seconds, cwd=TREE, log=None):
    """Whether it ends with 0; None when not in time. What it started ends with it."""
    out = open(log, "wb") if log else subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                               start_new_session=True, preexec_fn=bounded, env=dict(os.environ, TMPDIR=SCRATCH))
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def build(*targets):
    return passes(["cmake", "--build", BUILD, "-j1", "--target", *targets], BUILD_S, log=os.path.join(WORK, "build.log"))


def give_up(what):
    sys.exit(f"mutation: {what}; see {os.path.join(WORK, 'build.log')}")


def copy_tree():
    """Only what has changed, so that only that is built again."""
    def files_of(top):
        for folder, folders, files in os.walk(top):
            folders[:] = [f for f in folders if f != "__pycache__" and (folder != top or f not in ("build", ".git"))]
            yield from (os.path.join(folder, name) for name in files)

    present = set()
    for source in files_of(ROOT):
        target = os.path.join(TREE, os.path.relpath(source, ROOT))
        present.add(target)
        if not os.path.islink(source) and not (os.path.exists(target) and filecmp.cmp(source, target, shallow=False)):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
    for target in files_of(TREE):
        if target not in present:
            os.remove(target)


def object_of(path):
    return f"CMakeFiles/mt_{os.path.basename(os.path.dirname(path))}.dir/{path}.o"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def symbols(file):
    """The names that a program or an object file defines."""
    out = subprocess.run(["nm", "--defined-only", file], capture_output=True, text=True, check=True).stdout
    return {line.split()[2] for line in out.splitlines() if line.split()[1] in "TDBR"}


def batches(names):
    """The first alone, most mutants do not get past it; then ever more at a time: a call of the builder takes its time too."""
    begin, size = 0, 1
    while begin < len(names):
        yield names[begin:begin + size]
        begin, size = begin + size, 4 * size


class Bed:
    """The copy of the tree, built without a change: what its tests and cases take and say."""

    def __init__(self, paths, cases, longest):
        for folder in (TREE, SCRATCH):
            os.makedirs(folder, exist_ok=True)
        copy_tree()
        configure = ["cmake", "-S", TREE, "-B", BUILD, "-G", "Ninja", "-DMTHOST_TESTS=ON", f"-DCMAKE_C_FLAGS={FLAGS}"]
        if not passes(configure, BUILD_S, log=os.path.join(WORK, "build.log")):
            give_up("the copy cannot be configured")
        if not passes(["cmake", "--build", BUILD, "-j1"], 6 * BUILD_S, log=os.path.join(WORK, "build.log")):
            give_up("the copy cannot be built")
        listed = subprocess.run(["ctest", "--test-dir", BUILD, "--show-only=json-v1"], capture_output=True, text=True, check=True)
        programs = {test["name"]: test["command"][0] for test in json.loads(listed.stdout)["tests"]}
        defined = {name: symbols(program) for name, program in programs.items()}
        self.original = {path: read(os.path.join(BUILD, object_of(path))) for path in paths}
        linked = {path: {name for name in programs if symbols(os.path.join(BUILD, object_of(path))) & defined[name]}
                  for path in paths}
        self.programs, self.seconds, slow = programs, {}, []
        for name in sorted(set().union(*linked.values())):
            begin = time.monotonic()
            passed = passes([programs[name]], longest, log=os.path.join(WORK, "build.log"))
            if passed is False:
                give_up(f"{name} fails without a change")
            self.seconds[name] = time.monotonic() - begin
            slow += [] if passed else [name]
        print(f"mutation: tests that need longer than {longest} s and are left out: {' '.join(slow) or 'none'}", flush=True)
        self.tests = {path: sorted(linked[path].difference(slow), key=lambda name: (not self.is_home(name, path),
                                                                                 self.seconds[name])) for path in paths}
        self.cases = self.agreed(cases)

    @staticmethod
    def is_home(name, path):
        folder, file = os.path.split(path)
        return name.startswith(f"{folder.replace('/', '_')}_test_{file[:-2]}")

    def agreed(self, wanted):
        """The first cases on which the unchanged program and the model agree, with what the model says."""
        found, seed, refused = [], 0, []
        while len(found) < wanted:
            seed += 1
            case, expected = self.expected(seed)
            if case is None or self.differs(case, expected):
                refused.append(seed)
            else:
                found.append((case, expected))
            if len(refused) > wanted:
                sys.exit("mutation: the program and the model differ too often; run tests/differential/run.py first")
        if refused:
            print(f"mutation: at seeds {refused} the unchanged program and the model do not agree: left out", flush=True)
        return found

    @staticmethod
    def expected(seed):
        """A case and what the model says to it; nothing when the model finds no end."""
        def late(*_):
            raise TimeoutError

        signal.signal(signal.SIGALRM, late)
        signal.alarm(CASE_S)
        try:
            return differential.determined(differential.generate(seed, None))[:2]
        except TimeoutError:
            return None, None
        finally:
            signal.alarm(0)

    @staticmethod
    def differs(case, expected):
        folder = os.path.join(SCRATCH, "case")
        os.makedirs(folder)
        try:
            return bool(differential.compare(differential.of_program(os.path.join(BUILD, "mthost"), case, folder), expected))
        except (OSError, ValueError, KeyError, IndexError, subprocess.SubprocessError):
            return True                                         # it hangs, or what it wrote cannot be read
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def fate(self, path):
        """What the copy as it stands now does: does not count, killed by what, or survived."""
        if not build(object_of(path)):
            return "does not compile", ""
        if read(os.path.join(BUILD, object_of(path))) == self.original[path]:
            return "same object", ""
        for batch in batches(self.tests[path]):
            if not build(*batch):
                give_up(f"{' '.join(batch)} cannot be built")
            for name in batch:
                if not passes([self.programs[name]], max(TEST_MIN_S, TEST_FACTOR * self.seconds[name])):
                    return "unit", name
        if not build("mthost"):
            give_up("mthost cannot be built")
        for number, (case, expected) in enumerate(self.cases):
            if self.differs(case, expected):
                return "differential", f"case {number}"
        return "survived", ""

    def judge(self, source, mutant):
        file = os.path.join(TREE, mutant.path)
        try:
            with open(file, "w") as out:
                out.write(source.text[:mutant.begin] + mutant.text + source.text[mutant.end:])
            return self.fate(mutant.path)
        finally:
            with open(file, "w") as out:
                out.write(source.text)
            shutil.rmtree(SCRATCH, ignore_errors=True)
            os.makedirs(SCRATCH, exist_ok=True)


# --- telling ----------------------------------------------------------------------------------------------------------------

COUNTED = ("unit", "differential", "survived")


def table(results, key, title):
    names = sorted({key(r) for r in results})
    print(f"\n{title:24}{'mutants':>9}{'by unit':>9}{'by cases':>10}{'survived':>10}{'not counted':>13}")
    for name in [*names, None]:
        fates = collections.Counter(r["fate"] for r in results if name is None or key(r) == name)
        counted = sum(fates[f] for f in COUNTED)
        print(f"{name or 'all':24}{counted:9}{fates['unit']:9}{fates['differential']:10}{fates['survived']:10}"
              f"{sum(fates.values()) - counted:13}")


def told(result, why):
    print(f"\n{result['path']}:{result['line']}: {result['operator']}\n- {result['before']}\n+ {result['after']}\n"
          f"{why or 'no test notices this: write one, or say in tests/mutation.txt why it changes nothing'}")


def report(results):
    known, open_ones = reasons(), 0
    table(results, lambda r: r["path"], "by file")
    table(results, lambda r: r["operator"], "by operator")
    for result in sorted((r for r in results if r["fate"] == "survived"), key=lambda r: (r["path"], r["line"])):
        why = known.get((result["path"], result["before"], result["after"]))
        open_ones += why is None
        told(result, why)
    counted = sum(r["fate"] in COUNTED for r in results)
    survived = sum(r["fate"] == "survived" for r in results)
    print(f"\nmutation: {counted} mutants, {counted - survived} killed, {survived - open_ones} change nothing, "
          f"{open_ones} survived without a reason")
    return open_ones


def run_file(bed, source, arguments, results):
    skipped = counted = 0
    for mutant in drawn(source, arguments):
        if arguments.sample is not None and counted >= arguments.sample:
            return
        if skipped < arguments.skip:
            skipped += 1
            continue
        begin = time.monotonic()
        fate, by = bed.judge(source, mutant)
        before, after = changed(source, mutant)
        results.append(dict(path=mutant.path, line=line_of(source, mutant), operator=mutant.operator, fate=fate, by=by,
                            before=before, after=after))
        counted += fate in COUNTED
        print(f"{mutant.path}:{line_of(source, mutant)}: {mutant.operator}: {fate} {by} ({time.monotonic() - begin:.1f} s)"
              + (f"\n- {before}\n+ {after}" if fate == "survived" else ""), flush=True)


def main():
    parser = argparse.ArgumentParser(description="change the code in small wrong ways and see whether a test notices")
    parser.add_argument("files", nargs="*", default=FILES, metavar="FILE")
    parser.add_argument("--sample", type=int, help="so many mutants that count per file; all without it")
    parser.add_argument("--skip", type=int, default=0, help="of the drawn mutants of each file, begin behind so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at", action="append", metavar="FILE:LINE", help="only the mutants that begin in this line")
    parser.add_argument("--cases", type=int, default=100, help="cases of the differential test")
    parser.add_argument("--longest", type=float, default=5, metavar="SECONDS", help="leave out unit tests that need longer; 0: the cases alone")
    parser.add_argument("--list", action="store_true", help="show the mutants, run none")
    arguments = parser.parse_args()
    if arguments.at:
        arguments.files = sorted({at.rpartition(":")[0] for at in arguments.at})
    sources = [Source(path, read(os.path.join(ROOT, path)).decode()) for path in arguments.files]
    if arguments.list:
        for source in sources:
            for mutant in drawn(source, arguments):
                before, after = changed(source, mutant)
                print(f"{source.path}:{line_of(source, mutant)}: {mutant.operator}\n- {before}\n+ {after}")
        return 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    bed, results = Bed(arguments.files, arguments.cases, arguments.longest), []
    try:
        for source in sources:
            run_file(bed, source, arguments, results)
    except KeyboardInterrupt:
        print("mutation: interrupted: this is what was seen until then")
    return 1 if report(results) else 0


if __name__ == "__main__":
    sys.exit(main())
