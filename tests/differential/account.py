"""Money of one netting account, exact: what each fill earns and costs, which trades it closes, what the account is worth."""
from fractions import Fraction

UNIT = Fraction(1, 10**8)
COST_UNIT = Fraction(1, 10**16)                 # prices and quantities have 8 decimals here


def down(value):
    return value // UNIT * UNIT


def up(value):
    return -down(-value)


def floor_to(value, step):
    return value // step * step


def ceil_to(value, step):
    return -floor_to(-value, step)


class Position:
    def __init__(self):
        self.qty = self.cost = Fraction(0)       # signed quantity; its price times quantity, signed too
        self.opened = None
        self.profit = self.fees = self.bought = self.exits = Fraction(0)
        self.closed_qty = Fraction(0)


class Account:
    """Fees are rounded up and profits down to 10^-8; a fill that passes zero is a close and an opening at one price."""

    def __init__(self, cash, leverage, maker_bp, taker_bp, sizes):
        self.cash = self.start = Fraction(cash)
        self.leverage = Fraction(leverage)
        self.bp = {True: Fraction(maker_bp) / 10000, False: Fraction(taker_bp) / 10000}
        self.sizes = sizes                       # contract sizes
        self.positions = {name: Position() for name in sizes}
        self.fees = self.realised = Fraction(0)
        self.trades = []

    def fee(self, symbol, qty, price, maker):
        return up(qty * price * self.sizes[symbol] * self.bp[maker])

    def fill(self, symbol, side, qty, price, maker, when, role):
        """The profit that the fill realises, before its fee, and the fee."""
        position, size = self.positions[symbol], self.sizes[symbol]
        fee, profit = self.fee(symbol, qty, price, maker), Fraction(0)
        closing = min(qty, abs(position.qty)) if position.qty * side < 0 else Fraction(0)
        if closing:
            cost = abs(position.cost)            # of a short, too: the share of what is closed is rounded down, the rest stays
            if closing < abs(position.qty):
                cost = floor_to(cost * closing / abs(position.qty), COST_UNIT)
            profit = down((price * closing - cost) * -side * size)
            position.cost += side * cost
            position.qty += side * closing
            position.profit += profit
            position.closed_qty += closing
            position.exits += closing * price
            position.fees += fee if closing == qty else fee * closing / qty
            if not position.qty:
                self.trades.append(dict(symbol=symbol, side=-side, qty=position.closed_qty, opened=position.opened,
                                        closed=when, fees=position.fees, profit=position.profit - position.fees,
                                        reason=role, passed_zero=closing < qty))
                self.positions[symbol] = position = Position()
        if qty > closing:
            if position.opened is None:
                position.opened = when
            position.qty += side * (qty - closing)
            position.cost += side * (qty - closing) * price
            position.fees += fee * (qty - closing) / qty
        self.cash += profit - fee
        self.realised += profit
        self.fees += fee
        return profit, fee

    def unrealised(self, marks):
        """At the price at which each position would be closed now: marks[symbol] = (bid, ask)."""
        total = Fraction(0)
        for symbol, position in self.positions.items():
            if position.qty:
                mark = marks[symbol][0 if position.qty > 0 else 1]
                total += down((mark * position.qty - position.cost) * self.sizes[symbol])
        return total
