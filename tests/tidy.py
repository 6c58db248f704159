#!/usr/bin/env python3
"""Style is a test: who may include whom, banned functions, lengths of lines, functions and files, and that every source
file has a test. Each rule says why; exceptions stand here with their reason, so that a new one has to be argued for."""
import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
MAY = {  # folder: folders of the house it may include (docs/architecture.md)
    "host/base": set(),
    "host/model": {"base"},
    "host/io": {"base"},
    "host/core": {"base", "model"},
    "host/script": {"base", "model", "core"},
    "host/report": {"base", "model", "core"},
    "adapters/sim": {"base", "model", "core"},
    "adapters/playback": {"base", "model", "core"},
    "host/app": {"base", "model", "core", "script", "report", "io", "adapters", "app"},
}
ADAPTER_CORE = {"core/venue.h", "core/inbox.h", "core/timers.h"}
LUA = re.compile(r"^(lua|lauxlib|lualib|luajit)\.h(pp)?$")
LIBRARIES = {  # outside headers and the only folders that may use them
    "xxhash.h": {"host/base"}, "zlib.h": {"adapters/playback"}, "archive.h": {"adapters/playback"},
    "archive_entry.h": {"adapters/playback"}, "uv.h": {"host/io", "host/app"},
    "jansson.h": {"host/app"},
}
BANNED = {
    "strcpy": "memcpy with a known length", "strcat": "mt_buf_put", "sprintf": "snprintf or mt_buf_printf",
    "stpcpy": "memcpy with a known length", "vsprintf": "vsnprintf",
    "sscanf": "mt_dec_parse", "fscanf": "fgets and mt_dec_parse", "scanf": "fgets", "alloca": "a buffer with a bound",
    "gets": "fgets", "atoi": "mt_dec_parse", "atof": "mt_double_parse", "strtod": "mt_double_parse",
    "localtime": "mt_zone_offset_s: the time zone of the process must not matter", "mktime": "mt_ns_from_civil",
    "rand": "mt_random_at", "srand": "mt_random_at", "setlocale": "nothing: no decision may depend on it",
}
BANNED_IN_CORE = {"time", "clock_gettime", "gettimeofday", "malloc_usable_size"}
# A copy of as many bytes as a text has needs a bound that the reader can see: a comparison of that length in the lines
# above, or a reason here. A summary of 400 accounts once went through a buffer of 64 KiB.
COPIES = {
    "host/app/session.c": "mt_version is a text of ours", "host/app/control_client.c": "mt_control_path bounds its path",
    "host/app/config.c": "the length was compared when the path was taken", "host/base/zone.c": "names are bounded by their check",
    "host/base/opt.c": "the buffer's maximum is the room", "host/app/session_plan.c": "into a block of that size",
    "adapters/playback/infer.c": "mt_name_is_symbol bounds it", "adapters/playback/file.c": "mt_name_is_symbol bounds it",
}
COPY_BOUND_LINES = 10
STRTOD_HOME = {"host/base/json_write.c", "host/base/double.c", "host/base/buf.c"}
CLOCK_HOME = {"host/base/clock.c"}
CORE_FILES = re.compile(r"^host/core/(?!journal)")
LINE_MAX, FUNCTION_MAX, FILE_MAX = 120, 90, 700

problems = []


def problem(path, line, text):
    problems.append(f"{path}:{line}: {text}")


def files():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "host", "adapters"], cwd=ROOT,
                         capture_output=True, text=True)
    names = out.stdout.split("\n") if out.returncode == 0 else [
        os.path.relpath(os.path.join(d, f), ROOT) for top in ("host", "adapters")
        for d, _, fs in os.walk(os.path.join(ROOT, top)) for f in fs]
    return sorted(n for n in names if n.endswith((".c", ".h")) and os.path.exists(os.path.join(ROOT, n)))


def without_comments_and_strings(text):
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def check_include(path, folder, number, name, angle):
    if angle:
        if LUA.match(name) and folder != "host/script":
            problem(path, number, f"{name}: only host/script may know Lua")
        if name in LIBRARIES and folder not in LIBRARIES[name]:
            problem(path, number, f"{name}: only {', '.join(sorted(LIBRARIES[name]))} may use it")
        return
    if "/" not in name:
        problem(path, number, f'"{name}": includes name the folder, as in "base/err.h"')
        return
    target = name.split("/")[0]
    own = folder.split("/")[-1]
    if target == "adapters":
        if folder == "host/app" or name.startswith(folder + "/"):
            return
        problem(path, number, f"{name}: {folder} must not know this adapter")
    elif target != own or folder.startswith("adapters"):
        if target not in MAY[folder]:
            problem(path, number, f"{name}: {folder} must not look up to {target}")
        elif folder.startswith("adapters") and target == "core" and name not in ADAPTER_CORE:
            problem(path, number, f"{name}: adapters know only {', '.join(sorted(ADAPTER_CORE))} of core")


def check_functions(path, lines):
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            if number - start > FUNCTION_MAX:
                problem(path, start, f"function of {number - start} lines: at most {FUNCTION_MAX}; look for the second thing in it")
            start = None


def check_calls(path, code):
    banned = dict(BANNED)
    if CORE_FILES.match(path) or path.startswith("host/model"):
        banned.update({name: "the `now` that the turn was given" for name in BANNED_IN_CORE})
    for number, line in enumerate(code.split("\n"), 1):
        for name in re.findall(r"(?<![A-Za-z0-9_.>])([a-z_]+)\s*\(", line):
            if name in banned and not (name == "strtod" and path in STRTOD_HOME):
                problem(path, number, f"{name}: use {banned[name]}")


def check_copies(path, lines):
    for number, line in enumerate(lines, 1):
        match = re.search(r"\bmem(?:cpy|move|pcpy)\s*\(.*\bstrlen\(([^()]*)\)", line)
        if not match or path in COPIES:
            continue
        bound = re.compile(r"strlen\(" + re.escape(match.group(1)) + r"\)\s*(?:[<>]=?|\+\s*1\s*[<>])")
        if not any(bound.search(above) for above in lines[max(0, number - 1 - COPY_BOUND_LINES):number - 1]):
            problem(path, number, "a copy as long as its text: compare the length with the room first, or use mt_buf_put")


def check_floats(path, code):
    """No float for money, price or quantity in C: doubles may stand only where Lua or people are told something."""
    allowed = re.compile(r"host/base/|host/model/abi\.h|host/script/|host/report/|host/app/|adapters/sim/market|adapters/playback/playback|"
                         r"adapters/playback/merge|host/core/(view|port|volatility|request|records|engine|observer|bars|news|timers|recover)|"
                         r"host/model/(position|instrument)")
    if allowed.match(path):
        return
    for number, line in enumerate(code.split("\n"), 1):
        if re.search(r"\b(double|float)\b", line):
            problem(path, number, "floating point outside the places that face Lua or people")


def main():
    names = files()
    tests = "".join(open(os.path.join(d, f), errors="replace").read()
                    for d, _, fs in os.walk(os.path.join(ROOT, "tests")) for f in fs if f.endswith((".c", ".h", ".py")))
    for path in names:
        folder = os.path.dirname(path)
        if folder not in MAY:
            problem(path, 1, f"no such floor: {folder}; see docs/architecture.md")
            continue
        text = open(os.path.join(ROOT, path), encoding="utf-8").read()
        lines = text.split("\n")
        code = without_comments_and_strings(text)
        for number, line in enumerate(lines, 1):
            match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if match:
                check_include(path, folder, number, match.group(2), match.group(1) == "<")
            if len(line) > LINE_MAX:
                problem(path, number, f"{len(line)} columns: at most {LINE_MAX}")
            if "\t" in line or line != line.rstrip():
                problem(path, number, "tab or blank at the end")
        if len(lines) > FILE_MAX:
            problem(path, 1, f"{len(lines)} lines: is there a second subject in it?")
        check_functions(path, lines)
        check_calls(path, code)
        check_copies(path, lines)
        check_floats(path, code)
        if path.endswith(".h") and path != "host/model/abi.h" and "#ifndef MT_" not in text:
            problem(path, 1, "no include guard")
        for mark in re.finditer(r"\b(TODO|FIXME|XXX)\b", text):
            problem(path, text.count("\n", 0, mark.start()) + 1, "unfinished work: finish it or name it in the documents")
    abi = open(os.path.join(ROOT, "host/model/abi.h")).read()
    if re.search(r"^\s*#", abi, flags=re.M):
        problem("host/model/abi.h", 1, "no preprocessor line: the same text is given to ffi.cdef")
    for line in problems:
        print(line)
    print(f"tidy: {len(names)} files, {len(problems)} problems")
    return 1 if problems or not names or not tests else 0


sys.exit(main())
