"""What a run comes to, from its fills, trades and equity: the formulas of docs/results.md, in doubles only where a root is taken."""
from fractions import Fraction

DAY = 86400


def exposure(fills, first, last):
    """Part of the time between two events in which any symbol has a position."""
    if first == last:
        return None
    held, positions, since = Fraction(0), {}, None
    for fill in sorted(fills, key=lambda f: f["time"]):
        when = min(max(fill["time"], first), last)
        before = any(positions.values())
        positions[fill["symbol"]] = positions.get(fill["symbol"], 0) + fill["side"] * fill["qty"]
        if before and not any(positions.values()):
            held += when - since
        elif not before and any(positions.values()):
            since = when
    if any(positions.values()):
        held += last - since
    return held / (last - first)


def win_rate(trades):
    return Fraction(sum(t["profit"] > 0 for t in trades), len(trades)) if trades else None


def profit_factor(trades):
    lost = -sum(t["profit"] for t in trades if t["profit"] < 0)
    return sum(t["profit"] for t in trades if t["profit"] > 0) / lost if lost else None


def sharpe(days, start, first, last):
    """days: equity at the end of each day that had an event; the others have a return of 0."""
    returns, before = [], start
    for day in range(first, last + 1):
        after = days.get(day, before)
        if before <= 0:
            return None
        returns.append(after / before - 1)
        before = after
    if len(returns) < 2 or len(set(returns)) == 1:
        return None
    mean = sum(returns) / len(returns)
    variance = sum((r - mean)**2 for r in returns) / (len(returns) - 1)
    return float(mean) / float(variance)**0.5 * 365**0.5
