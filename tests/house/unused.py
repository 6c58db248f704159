"""What nobody calls or reads is gone: public functions that only their own file calls (they become static) or that only tests
call, members of enums that no code names, members of structs that no code reads. By name, so a name that is used for
something else hides what is dead; what is found is dead for certain."""
import re

from includes import DECLARED, DEFINED
from tree import at

ONLY_TESTS = {      # public function: why only tests, or only its own file, call it
    "mt_arena_class_bytes": "the tests measure the waste of each size class",
    "mt_clock_manual": "a clock that tests set by hand",
    "mt_clock_set": "as above",
    "mt_log_clock": "as above",
    "mt_conf_parse": "the fuzzer and the tests parse text that is in no file",
    "mt_crc32c_portable": "tests compare it with the one that the processor makes",
    "mt_journal_chain": "tests follow the chain of the writer",
    "mt_journal_seq": "as above",
    "mt_journal_torn": "tests ask what was cut off at the start",
    "mt_engine_state_hash": "tests compare the states of two engines",
    "mt_field_type_name": "the test of docs/journal.md reads the types of fields there by their names",
    "mt_history_flushed": "tests fold records while they are made, before one is the last of its turn",
    "mt_history_order": "tests compare the orders of a history with those of the engine",
    "mt_match_stop": "only match.c calls it: it could be static",
    "mt_risk_increases": "tests ask for the class of an order by itself",
    "mt_risk_scope_money": "only risk_exposure.c calls it: it could be static",
    "mt_sim_cash": "the books of the venue, with which tests compare those of the host",
    "mt_sim_open_orders": "as above",
    "mt_sim_position": "as above",
    "mt_sim_position_of": "as above",
    "mt_store_kinds": "tests look into a store",
    "mt_store_span": "as above",
}
NUMBERS = {         # member of an enum that no code names: why it is there
    "MT_EXIT_VENUE": "an exit code that is promised to supervisors: venues come with live trading",
    "MT_EXIT_SCRIPT": "an exit code that is promised to supervisors: the guard of scripts ends the process with it",
    "MT_EXIT_SELF_CHECK": "an exit code that is promised to supervisors; base/assert.c, which knows no app, has the number itself",
    "MT_EOVERFILL": "the list of errors is one of numbers without holes",
    "MT_CAP_HEDGING": "what a venue can: bits by number, like their neighbours",
    "MT_ON_BOOK": "handlers are numbers that scripts are bound by: books come with live feeds",
    "MT_EXPIRED": "verdicts are numbers that scripts read as words",
    "MT_ORDER_JFAIL": "a column of the table (docs/orders.md 2.3)",
    "MT_ROLE_EXTERNAL": "roles are numbers that journals hold",
    "MT_DATES_ALL": "the three orders of a date together",
    "MT_TA_CLOSE": "inputs of indicators, named by their place in a list of texts",
    "MT_TA_MID": "as above",
    "MT_TA_PRICE": "as above",
}
MEMBERS = {         # struct.member that no code reads: why it is there
    "mt_venue_ops.subscribe": "a part of the port that the simulated venue keeps and the first live one needs: tested there, called by nobody yet",
    "mt_venue_ops.halt": "as above",
    "mt_position_change.closed_cost": "what a change did, for its tests",
    "mt_script_stats.bytes_allocated": "tests measure what a handler allocates",
    "mt_script_stats.arena_used": "as above",
    "mt_script_stats.arena_peak": "as above",
}
HERE = "tests/house/unused.py"
TYPES = {"void", "int", "bool", "union", "struct", "char", "double", "size_t", "int32_t", "int64_t", "uint64_t"}
WORD = re.compile(r"[A-Za-z_]\w*")
ENUM = re.compile(r"\benum\s+(\w+)?\s*\{([^{}]*)\}")
STRUCT = re.compile(r"\b(?:struct|union)\s+(\w+)?\s*\{")
POINTER = re.compile(r"[\w\s*]+\(\*\s*\w+\)\s*\((?:[^()]|\([^()]*\))*\)")
MEMBER = re.compile(r"(?:^|[,;{}*\s])\*?\s*(\w+)\s*(?:\[[^\]]*\]\s*)*(?=[,;:])")


def words_of(tree):
    """{file: {word: how often}} of the code, macros and inline functions included; of Lua, too."""
    out = {}
    for name in tree.under("host", "adapters", ends=(".c", ".h", ".def")) + tree.under("host", "scripts", ends=(".lua",)):
        counts = {}
        for word in WORD.findall(tree.text(name) if name.endswith(".lua") else tree.code(name)):
            counts[word] = counts.get(word, 0) + 1
        out[name] = counts
    return out


def declared_of(tree):
    """{function: header}"""
    out = {}
    for name in tree.product():
        if name.endswith(".h"):
            for function in DECLARED.findall(tree.code(name)):
                out[function] = name
    return out


def dead_functions(tree, words, allowed):
    home = {f: n for n in tree.product() if n.endswith(".c") for f in DEFINED.findall(tree.code(n))}
    found, dead = [], set()
    for function, header in sorted(declared_of(tree).items()):
        uses = sum(counts.get(function, 0) for name, counts in words.items() if name != home.get(function))
        if uses > 1:                    # more than its declaration
            continue
        dead.add(function)
        if function not in allowed:
            found.append(at(header, 1, f"{function}: nobody calls it but its own file or tests: make it static, or take it out"))
    return found + [at(HERE, 1, f"ONLY_TESTS: {f} is called now, or is gone") for f in allowed if f not in dead]


def members_of_enums(tree):
    for name in tree.product():
        for match in ENUM.finditer(tree.code(name)):
            for place, part in enumerate(match.group(2).split(",")):
                word = WORD.match(part.strip())
                if word and (place or not re.search(r"^\w+\s*(=\s*0\s*)?$", part.strip())):   # what 0 means
                    yield name, tree.code(name).count("\n", 0, match.start()) + 1, word.group(0)


def dead_numbers(tree, words, allowed):
    total = {}
    for counts in words.values():
        for word, count in counts.items():
            total[word] = total.get(word, 0) + count
    pasted = set()                      # NAME_OF(X) and the like make MT_CODE_X of X
    for name in tree.product():
        for prefix in re.findall(r"\b(MT_[A-Z_]+_|MT_)##", tree.code(name)):
            pasted.add(prefix)
    found, dead = [], set()
    for name, line, word in members_of_enums(tree):
        parts = [word[len(p):] for p in pasted if word.startswith(p)]
        if total.get(word, 0) > 1 or any(total.get(p, 0) > 0 for p in parts) or word.endswith(("_COUNT", "_MAX", "S")):
            continue
        dead.add(word)
        if word not in allowed:
            found.append(at(name, line, f"{word}: no code names it"))
    return found + [at(HERE, 1, f"NUMBERS: {w} is named now, or is gone") for w in allowed if w not in dead]


def body_at(code, start):
    depth = 0
    for i in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[i], 0)
        if depth == 0:
            return code[start + 1:i]
    return ""


def reads_of(tree):
    """Names behind a dot or an arrow that are not only written, those in macros (X-lists, offsetof), and all words of Lua."""
    read = set()
    for name in tree.under("host", "adapters", ends=(".c", ".h", ".def")):
        code = tree.code(name)
        read.update(re.findall(r"(?:\.|->)\s*(\w+)\b(?!\s*=[^=])", code))
        read.update(re.findall(r"(?:\.|->)\s*(\w+)\s*(?:\[[^\]]*\])?\s*(?:[-+|&*/]=|\+\+|--)", code))
        for args in re.findall(r"\b(?:offsetof|[A-Z_]{3,})\s*\(([^()]*)\)", code):
            read.update(WORD.findall(args))
    for name in tree.under("host", "scripts", ends=(".lua",)):
        read.update(WORD.findall(tree.text(name)))
    return read


def members_of_structs(tree):
    """(file, line, tag, member); abi.h apart, which scripts read."""
    for name in tree.product():
        if name == "host/model/abi.h":
            continue
        code = tree.code(name)
        for match in STRUCT.finditer(code):
            body = body_at(code, match.end() - 1)
            while "{" in body:
                body = re.sub(r"\{[^{}]*\}", "", body)
            line = code.count("\n", 0, match.start()) + 1
            for member in re.findall(r"\(\*\s*(\w+)\)\s*\(", body) + MEMBER.findall(POINTER.sub("", body)):
                yield name, line, match.group(1), member


def dead_members(tree, allowed):
    read, found, dead = reads_of(tree), [], set()
    for name, line, tag, member in members_of_structs(tree):
        if member in read or member in TYPES or member.startswith("reserved") or re.match(r"pad\d*$|_", member):
            continue
        dead.add(f"{tag}.{member}")
        if f"{tag}.{member}" not in allowed:
            found.append(at(name, line, f"struct {tag}: nobody reads {member}"))
    return found + [at(HERE, 1, f"MEMBERS: {m} is read now, or is gone") for m in allowed if m not in dead]


def problems(tree, only_tests=None, numbers=None, members=None):
    words = words_of(tree)
    return (dead_functions(tree, words, ONLY_TESTS if only_tests is None else only_tests)
            + dead_numbers(tree, words, NUMBERS if numbers is None else numbers)
            + dead_members(tree, MEMBERS if members is None else members))
