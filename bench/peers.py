"""W1 by other backtesters, once cold and once warm, with the closed trades that they count. Each is skipped when absent."""
import csv
import gzip
import importlib.util
import os
import time


def prices():
    with gzip.open(os.environ["PEER_BARS"], "rt") as file:
        rows = [[float(field) for field in row] for row in csv.reader(file)]
    return [list(column) for column in zip(*rows)]


def crossings(closes):
    """The bar indices at which W1's target changes, and to what."""
    fast = slow = closes[0]
    before, turns = 0, []
    for index, close in enumerate(closes):
        fast += (close - fast) * 2 / 11
        slow += (close - slow) * 2 / 31
        sign = (fast > slow) - (fast < slow)
        if index >= 30 and sign not in (before, 0):
            turns.append((index, sign))
        before = sign
    return turns


def show(name, seconds, bars, trades):
    print(f"  {name:18} {bars / seconds / 1e6:8.3f} M bars/s   {trades} closed trades")


def plain_loop(columns):
    opens, closes = columns[1], columns[4]
    begin = time.perf_counter()
    cash, position, trades = 1e6, 0, 0
    for index, sign in crossings(closes):
        if index + 1 < len(opens):
            quantity = sign - position
            cash -= quantity * opens[index + 1] + abs(quantity) * opens[index + 1] * 0.0004
            trades += position != 0
            position = sign
    show("plain Python", time.perf_counter() - begin, len(closes), trades)
    print(f"  {'':18} final equity {cash + position * closes[-1]:.6f}")


def vectorbt(columns):
    import numpy
    import vectorbt as vbt
    opens, closes = numpy.array(columns[1]), numpy.array(columns[4])
    for name in ("vectorbt cold", "vectorbt warm"):
        begin = time.perf_counter()
        target = numpy.full(len(closes), numpy.nan)
        for index, sign in crossings(columns[4]):
            if index + 1 < len(closes):
                target[index + 1] = sign
        folio = vbt.Portfolio.from_orders(closes, target, size_type="targetamount", price=opens, fees=0.0004, init_cash=1e6)
        show(name, time.perf_counter() - begin, len(closes), int(folio.trades.closed.count()))


def main():
    columns = prices()
    plain_loop(columns)
    if importlib.util.find_spec("vectorbt"):
        vectorbt(columns)
    else:
        print("  vectorbt           SKIP: not installed for this Python")


main()
