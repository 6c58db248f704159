#!/usr/bin/env python3
"""Mutants: one small wrong change of the code at a time, and whether a test notices it.

    mutation.py [FILE ...] [--at FILE:LINE] [--cases N] [--longest SECONDS] [--jobs N] [--list]

By default those files are changed that decide how an order is sized, led and filled. Below build/mutation the project is built
once, its floors as shared libraries; each mutant is one file, built alone and loaded before them, so that its functions take
the place of theirs. It runs against the unit tests that call the changed function and need no longer than --longest, those
first that killed most so far, then against cases of the differential test; the first failure, crash or endless loop kills it.
The cases are the first whose answers the unchanged program and the model agree on. A mutant that does not compile, or whose
object file is the same as before, does not count.

What became of each is written to build/mutation/results.jsonl, and a later run goes on from there: a mutant that was killed is
not tried again, as long as its lines stay as they are; one that survived without a reason is. Without that file all are.

What survives is either a hole in the tests or changes nothing. The latter are argued for in tests/mutation.txt; the exit code
is 1 when one survives that does not stand there."""
import argparse
import collections
import concurrent.futures
import contextlib
import fcntl
import hashlib
import json
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "differential"))
import run as differential                                      # noqa: E402: the folder of that test is its home

FILES = ["host/core/leg.c", "host/core/plan.c", "adapters/sim/match.c", "host/core/sizing.c", "host/base/ratio.c",
         "adapters/sim/bar.c"]
REASONS = os.path.join(ROOT, "tests", "mutation.txt")
WORK = os.path.join(ROOT, "build", "mutation")
BED, LOG, RESULTS, REACHED = (os.path.join(WORK, name) for name in ("bed", "build.log", "results.jsonl", "reached.json"))
FLAGS = "-O1 -w"                                                # no -g: equal code gives equal object files
TRAPS = ["-O0", "-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"]  # behind an array's end, an overflow: killed
MEMORY, FILE_SIZE = 8 << 30, 1 << 30
BUILD_S, WALL_S, REACH_S, CPU_FACTOR = 1800, 120, 10, 5         # a test gets five times what it needs, and 2 s more
CASE_S = 10                                                     # for the model

Mutant = collections.namedtuple("Mutant", "path begin end text operator")

# --- making them ------------------------------------------------------------------------------------------------------------

TOKEN = re.compile(r"[A-Za-z_]\w*|\d\w*|->|\+\+|--|<<=?|>>=?|[-+*/%&|^<>=!]=|&&|\|\||[-+*/%&|^<>=!?:;,.(){}\[\]~#]")
SWAPS = {
    "comparison": {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",), "!=": ("==",)},
    "connective": {"&&": ("||",), "||": ("&&",)},
    "arithmetic": {"+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("/",), "+=": ("-=",), "-=": ("+=",)},
    "bits": {"<<": (">>",), ">>": ("<<",), "|": ("&",), "&": ("|",), "|=": ("&=",), "&=": ("|=",), ">>=": ("<<=",)},
    "rounding": {"MT_ROUND_UP": ("MT_ROUND_DOWN",), "MT_ROUND_DOWN": ("MT_ROUND_UP",)},
    "truth": {"true": ("false",), "false": ("true",)},
}
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
            if token.isdigit() and not self.asks_side(index - 1):
                changed = {"0": ["1"], "1": ["0", "2"]}.get(token, [str(int(token) + 1)])
                yield from (self.mutant("constant", index, index, c) for c in changed)
            if token == "-" and not self.is_binary(index) and self.code[at - 1] != "-":
                yield self.mutant("sign", index, index, "")
            if token == "!":
                yield self.mutant("condition", index, index, "")
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
            if operator in ("arithmetic", "bits") and not self.is_binary(index):
                continue
            others = table.get(token, ())[-1:] if self.asks_side(index) else table.get(token, ())
            yield from (self.mutant(operator, index, index, other) for other in others)

    def asks_side(self, index):
        """`side < 0` and the like: a side is 1 or -1, so that only the opposite question is another one."""
        before, token, after = (self.tokens[i][1] for i in (index - 1, index, (index + 1) % len(self.tokens)))
        return before == "side" and token in ("<", ">") and after == "0"

    def function(self, mutant):
        """The name of the function that it is in; none outside of all. A body's brackets begin their lines."""
        begin = self.code.rfind("\n{", 0, mutant.begin)
        if begin < 0 or "\n}" in self.code[begin:mutant.begin]:
            return None
        head = max(self.code.rfind("\n}", 0, begin), self.code.rfind(";\n", 0, begin), 0)
        return re.search(r"(\w+)\(", self.code[head:begin]).group(1)

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

def passes(command, cpu_s, cwd=ROOT, preload=None, log=None):
    """Whether it ends with 0, in time. What it started ends with it."""
    def bounded():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_s), int(cpu_s) + 1))

    environment = dict(os.environ, LD_PRELOAD=" ".join(preload)) if preload else None
    out = open(log, "wb") if log else subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                               start_new_session=True, preexec_fn=bounded, env=environment)
    try:
        return process.wait(max(WALL_S, cpu_s)) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def give_up(what):
    sys.exit(f"mutation: {what}; see {LOG}")


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Bed:
    """The project with its floors as shared libraries: what its tests reach, and what the model says to the cases."""

    def __init__(self, sources, cases, longest):
        os.makedirs(WORK, exist_ok=True)
        self.alone = open(os.path.join(WORK, "lock"), "w")      # held until the end
        try:
            fcntl.flock(self.alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("mutation: another run is at work in build/mutation; let it end first")
        configure = ["cmake", "-S", ROOT, "-B", BED, "-G", "Ninja", "-DMTHOST_TESTS=ON", "-DBUILD_SHARED_LIBS=ON",
                     "-DCMAKE_LINK_DEPENDS_NO_SHARED=ON", f"-DCMAKE_C_FLAGS={FLAGS}"]
        if not passes(configure, BUILD_S, log=LOG) or not passes(["cmake", "--build", BED, "-j2"], BUILD_S, log=LOG):
            give_up("the project cannot be built")
        with open(os.path.join(BED, "compile_commands.json")) as file:
            self.compilers = {c["file"]: shlex.split(c["command"]) for c in json.load(file)}
        self.originals = {s.path: self.compiled(s.path, s.text, self.folder_of("original", s.path), ["-O2"]) for s in sources}
        listed = subprocess.run(["ctest", "--test-dir", BED, "--show-only=json-v1"], capture_output=True, text=True, check=True)
        self.programs = {test["name"]: test["command"][0] for test in json.loads(listed.stdout)["tests"]}
        self.reached = self.tests_reach(sources, longest)
        self.kills = collections.Counter()
        self.cases = self.agreed(cases)
        self.lock = threading.Lock()

    @staticmethod
    def folder_of(what, path):
        folder = os.path.join(WORK, what, path.replace("/", "_"))
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        return folder

    def compiled(self, path, text, folder, flags):
        """The object file of a text that stands for the file at `path`; none when it does not compile."""
        name = os.path.basename(path)
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
        command = list(self.compilers[os.path.join(ROOT, path)])
        command[command.index("-o") + 1], command[command.index("-c") + 1] = name + ".o", name
        return os.path.join(folder, name + ".o") if passes(command + flags, BUILD_S, cwd=folder) else None

    @staticmethod
    def linked(objects, flags=()):
        library = objects + ".so"
        if not passes(["cc", "-shared", *flags, "-o", library, objects], BUILD_S, log=LOG):
            give_up(f"{objects} cannot be linked")
        return library

    def tests_reach(self, sources, longest):
        """(file, function) -> {test: seconds}, of the tests that call it. What each program showed is kept until it changes."""
        known = {}
        if os.path.exists(REACHED):
            with open(REACHED) as file:
                known = json.load(file)
        objects = [self.compiled(s.path, s.text, self.folder_of("reach", s.path), ["--coverage", "-O0"]) for s in sources]
        preload = [self.linked(o, ["--coverage"]) for o in objects]
        for name, program in self.programs.items():
            stamp = [hashlib.sha256(read(program)).hexdigest(), [s.path for s in sources]]
            if known.get(name, {}).get("stamp") == stamp:
                continue
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            passed = passes([program], REACH_S, preload=preload, log=LOG)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            known[name] = dict(stamp=stamp, calls=[], passed=passed,
                               seconds=after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
            for source, o in zip(sources, objects):
                known[name]["calls"] += [[source.path, f] for f in self.called(o)] if passed else []
        with open(REACHED, "w") as file:
            json.dump(known, file)
        out = sorted(name for name in self.programs if not known[name]["passed"] or known[name]["seconds"] > longest)
        print(f"mutation: left out, for they need longer than {longest} s or do not pass in this form: {' '.join(out) or 'none'}",
              flush=True)
        reached = collections.defaultdict(dict)
        for name in set(self.programs).difference(out):
            for path, function in known[name]["calls"]:
                reached[path, function][name] = reached[path, None][name] = known[name]["seconds"]
        return reached

    @staticmethod
    def called(o):
        """The functions of a file that the test has called just now."""
        folder, name = os.path.split(o)
        counts = os.path.join(folder, name[:-2] + ".gcda")
        if not os.path.exists(counts):
            return []
        told = subprocess.run(["gcov", "--json-format", "--stdout", counts], cwd=folder, capture_output=True, text=True, check=True)
        os.remove(counts)
        return [f["name"] for file in json.loads(told.stdout)["files"] for f in file["functions"] if f["execution_count"] > 0]

    def agreed(self, wanted):
        """The first cases on which the unchanged program and the model agree, with what the model says."""
        found, seed, refused = [], 0, []
        folder = self.folder_of("original", "cases")
        while len(found) < wanted:
            seed += 1
            case, expected = self.expected(seed)
            if case is None or self.differs(os.path.join(BED, "mthost"), case, expected, folder):
                refused.append(seed)
            else:
                found.append((seed, case, expected))
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
    def differs(mthost, case, expected, folder):
        folder = os.path.join(folder, "case")
        os.makedirs(folder)
        try:
            return bool(differential.compare(differential.of_program(mthost, case, folder), expected))
        except (OSError, ValueError, KeyError, IndexError, subprocess.SubprocessError):
            return True                                         # it hangs, or what it wrote cannot be read
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def killer(self, source, mutant, library, folder):
        """Which kind of test notices it, and which one; none: it survives."""
        seconds = self.reached[source.path, source.function(mutant)]
        for name in sorted(seconds, key=lambda n: ((self.kills[source.path, n] + 1) / (seconds[n] + 0.01), n), reverse=True):
            if not passes([self.programs[name]], CPU_FACTOR * seconds[name] + 2, preload=[library]):
                self.kills[source.path, name] += 1
                return "unit", name
        mthost = os.path.join(folder, "mthost")
        with open(mthost, "w") as file:
            file.write(f"#!/bin/sh\nulimit -t 5 -c 0\nLD_PRELOAD={library} exec {BED}/mthost \"$@\"\n")
        os.chmod(mthost, 0o755)
        for case in list(self.cases):
            if self.differs(mthost, *case[1:], folder):
                with self.lock:                                 # what kills one kills others too: it comes first
                    self.cases.remove(case)
                    self.cases.insert(0, case)
                return "differential", f"seed {case[0]}"
        return None

    def fate(self, source, mutant, number):
        """Does not count, killed by what, or survived."""
        folder = self.folder_of("mutants", str(number))
        text = source.text[:mutant.begin] + mutant.text + source.text[mutant.end:]
        try:
            o = self.compiled(source.path, text, folder, TRAPS)
            if not o:
                return "does not compile", ""
            killed = self.killer(source, mutant, self.linked(o), folder)
            if killed:
                return killed
            same = read(self.compiled(source.path, text, folder, ["-O2"])) == read(self.originals[source.path])
            return ("same object", "") if same else ("survived", "")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


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


def report(results, known):
    open_ones = 0
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


def earlier():
    """What earlier runs wrote: (path, line before, line after) -> result."""
    if not os.path.exists(RESULTS):
        return {}
    with open(RESULTS) as file:
        return {(r["path"], r["before"], r["after"]): r for r in map(json.loads, file)}


def run_all(bed, work, jobs, known):
    """Each (source, mutant, line before, line after) of the work, and what became of it."""
    done, results, todo = earlier(), [], []
    for item in work:
        source, mutant, *lines = item
        key = (source.path, *lines)
        if key in done and (done[key]["fate"] != "survived" or key in known):
            results.append(dict(done[key], line=line_of(source, mutant)))
        else:
            todo.append(item)
    print(f"mutation: {len(results)} known from before, {len(todo)} to be tried", flush=True)

    def judge(number, source, mutant, before, after):
        begin = time.monotonic()
        fate, by = bed.fate(source, mutant, number)
        result = dict(path=source.path, line=line_of(source, mutant), operator=mutant.operator, fate=fate, by=by, before=before,
                      after=after)
        with bed.lock, open(RESULTS, "a") as file:
            file.write(json.dumps(result) + "\n")
            results.append(result)
            print(f"{len(results)}/{len(work)} {source.path}:{result['line']}: {mutant.operator}: {fate} {by} "
                  f"({time.monotonic() - begin:.1f} s)" + (f"\n- {before}\n+ {after}" if fate == "survived" else ""), flush=True)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(judge, number, *item) for number, item in enumerate(todo)]
        try:
            for future in futures:
                future.result()
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            print("mutation: interrupted: this is what was seen until then")
    return results


def main():
    parser = argparse.ArgumentParser(description="change the code in small wrong ways and see whether a test notices")
    parser.add_argument("files", nargs="*", default=FILES, metavar="FILE")
    parser.add_argument("--at", action="append", metavar="FILE:LINE", help="only the mutants that begin in this line")
    parser.add_argument("--cases", type=int, default=100, help="cases of the differential test")
    parser.add_argument("--longest", type=float, default=2, metavar="SECONDS", help="leave out unit tests that need longer")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="show the mutants, run none")
    arguments = parser.parse_args()
    sources = [Source(path, read(os.path.join(ROOT, path)).decode()) for path in arguments.files]
    work = [(source, mutant, *changed(source, mutant)) for source in sources for mutant in sorted(set(source.mutants()))
            if not arguments.at or f"{source.path}:{line_of(source, mutant)}" in arguments.at]
    if arguments.list:
        for source, mutant, before, after in work:
            print(f"{source.path}:{line_of(source, mutant)}: {mutant.operator}\n- {before}\n+ {after}")
        return 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    known = reasons()
    results = run_all(Bed(sources, arguments.cases, arguments.longest), work, arguments.jobs, known)
    return 1 if report(results, known) else 0


if __name__ == "__main__":
    sys.exit(main())
