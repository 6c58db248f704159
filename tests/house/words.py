"""A word has one meaning. Public names (mt_, MT_) and file names of the product that contain one of these words must be of its
meaning; what is not stands in the list of debts, and leaves it when it has a name of its own."""
import os
import re

from tree import at

HERE = "tests/house/words.py"
MEANINGS = {        # word: what it means, and the names that have that meaning
    "ask": ("the price that sellers want", r"MT_(COLUMN|TA|QUOTE)_ASK(_QTY)?|mt_top_has_ask"),
    "book": ("an order book", r"mt_match_book|mt_sim_book_side|MT_ON_BOOK|mt_ledger_book_(fill|bust)|(mt|MT)(_\w+)?_books(_\w+)?|MT_CORE_BOOKS\w*_H"),
    "view": ("what a script sees", r"(mt|MT)_views?(_\w+)?|MT_(MODEL|CORE)_VIEW_H"),
    "plan": ("an exit plan", r"(mt|MT)_((rec|REC|leg|LEG|FIELD_LEG)_)?(plan|PLAN)(_\w+)?|MT_CORE_PLAN_H"),
    "run": ("a run of a strategy", r"MT_REC_RUN_\w+|mt_rec_run_\w+|mt_(cmd|host_log|log|command|replay|loop|results)_run|mt_(run_(control|resume|repeat)\w*)|"
                                   r"mt_runs_\w+|MT_RUNS_\w+|mt_(vm|ta|request)_run|mt_(leg|plan)_run(_at)?|mt_runs?|MT_APP_RUN\w*"),
}
DEBTS = {           # names and files: what they are instead
    r"mt_session_plan|mt_session_market_plan|mt_plan_(account|alloc|data_\w+|free|names|new|rate|read|text|write)|MT_APP_SESSION_PLAN_H":
        "all that a run is made of, as data",
    r"mt_row_plan": "how the rows of a file are read",
    r"mt_ta_plan": "what an indicator is fed with",
    r"MT_(FIELD_)?ASK_\w+|MT_FIELD_ASK|mt_ask_name|mt_orders_ask|MT_CORE_REQUEST_ASK_H|host/core/request_ask\.[ch]": "what a script requests",
    r"mt_risk_ask|mt_ask_side_and_qty_fit": "an order under check",
    r"mt_risk_run|mt_run_(deny|deny_qty|late|next|notional)": "one pass through the checks",
    r"mt_(results|leg|risk_scope)_view": "a picture of results, of a leg, of a scope for people",
}


def names_of(tree):
    """{public name: first place}"""
    out = {}
    for name in tree.product():
        code = tree.code(name)
        for match in re.finditer(r"\b(?:mt|MT)_\w+", code):
            if match.group(0) not in out:
                out[match.group(0)] = (name, code.count("\n", 0, match.start()) + 1)
    return out


def word_in(name):
    parts = name.lower().split("_")
    return next((w for w in MEANINGS if w in parts or w + "s" in parts), None)


def problems(tree, debts=None):
    debts, found, paid = DEBTS if debts is None else debts, [], set(DEBTS if debts is None else debts)

    def look(name, path, line, word, fits):
        debt = next((d for d in debts if re.fullmatch(d, name)), None)
        paid.discard(debt)
        if debt is None and not fits:
            found.append(at(path, line, f"{name}: '{word}' is {MEANINGS[word][0]}: find another word, or say so in {HERE}"))

    for name, (path, line) in sorted(names_of(tree).items()):
        word = word_in(name)
        if word:
            look(name, path, line, word, re.fullmatch(MEANINGS[word][1], name))
    for path in tree.product():
        base = os.path.basename(path)[:-2]
        word = word_in(base)
        if word and not any(re.fullmatch(d, f"mt_{base}") for d in debts):
            look(path, path, 1, word, base in (word, word + "s") or re.fullmatch(MEANINGS[word][1], f"mt_{base}"))
    return found + [at(HERE, 1, f"DEBTS: '{d}' is no debt any more") for d in sorted(paid)]
