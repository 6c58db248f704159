"""Who knows whom: no circle among subjects. A subject is X.h with X.c, X_private.h and the parts X_*.c and X_*.h of the same
folder. It knows the subjects that its files include; and a private header that declares what other subjects define is the
door behind which they know each other without a word. Any other header declares what its own subject defines, unless it
is the face of several."""
import os
import re

from tree import at

CIRCLES = {     # a subject inside: how many there are in it, and why it stands
    "host/report/results": (8, "the results of a run in eight files of one struct mt_results, which nobody else sees"),
    "adapters/sim/sim": (9, "one venue in nine files: orders, money, gate and matching of one struct mt_sim, which nobody else sees"),
}
PRIVATE = {     # private header: why others than its subject include it
    "host/report/results_private.h": "as above",
    "adapters/sim/sim_private.h": "as above",
}
FACES = {       # header: which several files it is the face of
    "host/core/journal.h": "the names of kinds come from their list",
    "host/core/record_list.h": "the list of kinds: what reads and writes their bytes is a file of its own",
    "host/report/results.h": "the results of a run, from the first record to what is printed",
    "host/base/err.h": "assertions and errors: what every file includes first",
    "host/base/buf.h": "what writes into a buffer: text, numbers, JSON",
    "host/base/clock.h": "civil time needs the zones, which lie in tables of their own",
    "host/core/engine.h": "what others may ask of the engine, in the order of a run",
    "host/script/script.h": "scripts as the app sees them: load, bind, configuration files in Lua syntax",
    "host/script/vm.h": "the VM opens what scripts can call",
    "host/app/command.h": "the table of commands needs the entry of each",
    "adapters/playback/playback.h": "recorded data as the app sees them",
    "adapters/playback/data.h": "what a source of data is made of; open and merge are its two ends",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
DECLARED = re.compile(r"^[A-Za-z_][\w \t*]*?\b(mt_\w+)\s*\((?:[^;{}()]|\([^()]*\))*\)\s*(?:\w+(?:\([^;{}]*\))?\s*)*;", re.M)
DEFINED = re.compile(r"^[A-Za-z_][\w \t*]*?\b(mt_\w+)\s*\((?:[^;{}()]|\([^()]*\))*\)\s*\{", re.M)


def subject_of(name, headers):
    """The path of the subject, without ending: the shortest X with a header of which the file is X_more."""
    base = name[:-2].removesuffix("_private")
    folder, words = os.path.dirname(base), os.path.basename(base).split("_")
    for count in range(1, len(words)):
        short = os.path.join(folder, "_".join(words[:count]))
        if short + ".h" in headers or short + "_private.h" in headers:
            return short
    return base


def resolve(path, names):
    for place in ("host/" + path, path):
        if place in names:
            return place
    return None


def homes_of(tree):
    """{function: subject that defines it}"""
    headers, home = {n for n in tree.product() if n.endswith(".h")}, {}
    for name in tree.product():
        if name.endswith(".c"):
            for function in DEFINED.findall(tree.code(name)):
                home.setdefault(function, subject_of(name, headers))
    return home


def doors_of(tree):
    """{header: {subject of others that it declares: a function}}; abi.h declares what scripts call, by its nature."""
    headers, home, out = {n for n in tree.product() if n.endswith(".h")}, homes_of(tree), {}
    for name in sorted(headers - {"host/model/abi.h"}):
        for function in DECLARED.findall(tree.code(name)):
            if home.get(function, subject_of(name, headers)) != subject_of(name, headers):
                out.setdefault(name, {}).setdefault(home[function], function)
    return out


def graph_of(tree):
    """{subject: {subject it knows: why}}."""
    names = set(tree.product())
    headers = {n for n in names if n.endswith(".h")}
    graph = {subject_of(n, headers): {} for n in names}
    for name in sorted(names):
        for path in INCLUDE.findall(tree.text(name)):
            target = resolve(path, names)
            if target and subject_of(target, headers) != subject_of(name, headers):
                graph[subject_of(name, headers)].setdefault(subject_of(target, headers), f"{name} includes {path}")
    for header, others in doors_of(tree).items():
        if header.endswith("_private.h"):
            for other, function in others.items():
                graph[subject_of(header, headers)].setdefault(other, f"{header} declares {function} of {other}.c")
    return graph


def circles_of(graph):
    """Strongly connected sets of more than one subject (Tarjan, without recursion)."""
    index, low, on, stack, out, counter = {}, {}, set(), [], [], 0
    for start in sorted(graph):
        if start in index:
            continue
        work = [(start, iter(sorted(graph[start])))]
        index[start] = low[start] = counter
        counter += 1
        stack.append(start)
        on.add(start)
        while work:
            node, rest = work[-1]
            for target in rest:
                if target not in index:
                    index[target] = low[target] = counter
                    counter += 1
                    stack.append(target)
                    on.add(target)
                    work.append((target, iter(sorted(graph[target]))))
                    break
                if target in on:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    members = []
                    while True:
                        member = stack.pop()
                        on.discard(member)
                        members.append(member)
                        if member == node:
                            break
                    if len(members) > 1:
                        out.append(sorted(members))
    return out


def circle_text(graph, members):
    """One way round, for people: the shortest from the first member back to itself."""
    start, seen, work = members[0], {members[0]: None}, [members[0]]
    for node in work:
        for target in sorted(graph[node]):
            if target == start:
                steps = [graph[node][target]]
                while seen[node] is not None:
                    steps.append(graph[seen[node]][node])
                    node = seen[node]
                return "; ".join(reversed(steps))
            if target in members and target not in seen:
                seen[target] = node
                work.append(target)
    return ""


def check_circles(tree, circles):
    graph, found, used = graph_of(tree), [], set()
    for members in circles_of(graph):
        known = [s for s in circles if s in members]
        used.update(known)
        listed = ", ".join(members)
        if not known:
            found.append(at(members[0], 1, f"a circle of {len(members)} ({listed}): {circle_text(graph, members)}"))
        elif len(members) > circles[known[0]][0]:
            found.append(at(known[0], 1, f"this circle has grown from {circles[known[0]][0]} to {len(members)}: {listed}"))
    return found + [at(s, 1, "no circle any more: take it out of CIRCLES in tests/house/includes.py") for s in circles if s not in used]


def check_private(tree, private):
    names, found, used = set(tree.product()), [], set()
    headers = {n for n in names if n.endswith(".h")}
    for name in sorted(names):
        for target in (resolve(path, names) for path in INCLUDE.findall(tree.text(name))):
            if target and target.endswith("_private.h") and subject_of(target, headers) != subject_of(name, headers):
                used.add(target)
                if target not in private:
                    found.append(at(name, 1, f"includes {target}, which is private to {subject_of(target, headers)}"))
    return found + [at(h, 1, "only its subject includes it: take it out of PRIVATE in tests/house/includes.py")
                    for h in private if h not in used]


def check_faces(tree, faces):
    doors = {h: others for h, others in doors_of(tree).items() if not h.endswith("_private.h")}
    found = [at(header, 1, f"declares {function}, which {other} defines: who wants it should include the header of that")
             for header, others in doors.items() if header not in faces for other, function in others.items()]
    return found + [at(h, 1, "declares what it defines: take it out of FACES in tests/house/includes.py")
                    for h in faces if h not in doors]


def problems(tree, circles=None, private=None, faces=None):
    return (check_circles(tree, CIRCLES if circles is None else circles)
            + check_private(tree, PRIVATE if private is None else private)
            + check_faces(tree, FACES if faces is None else faces))
