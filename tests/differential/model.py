"""A small backtest, written a second time from the documents alone: model(case) says what a run of the program must give."""
from bars import BarHost
from host import Silent
from ticks import TickHost


def model(case):
    host = (BarHost if case["kind"] == "bars" else TickHost)(case)
    try:
        return host.run()
    except Silent as silent:
        silent.wish = host.last_wish             # the wish that led there
        raise
