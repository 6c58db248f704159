"""The simulated venue on bars (docs/simulated-venue.md#fills-on-bars): pending orders meet the open, then high and low, then the close; the
exits of an entry are its children at the venue and are alive from its fill."""
from fractions import Fraction

from host import DATA, Host, Order, tighter
from statistics_of import DAY


class Held:
    """The position of a leg as the venue has it, with its exits."""

    def __init__(self, order, price, inside):
        self.side, self.plan, self.inside = order.side, order.plan, inside
        self.qty = self.entered = order.qty
        self.average = self.best = price
        self.lay = None, "stop"                  # the level of before and what it was: that it stays while the level does

    def levels(self, tick, best=None):
        """The level that protects now and what it is."""
        stop = self.plan.stop_level(self.side, self.average, tick)
        trail = self.plan.trail_level(self.side, self.average, self.best if best is None else best, tick)
        level = tighter(self.side, stop, trail)
        if level != self.lay[0]:
            self.lay = level, "trail" if trail is not None and level == trail and level != stop else "stop"
        return self.lay

    def lost(self, price, level):
        return level is not None and self.side * (price - level) <= 0


class BarHost(Host):
    bars = True

    def __init__(self, case):
        super().__init__(case)
        self.held = {}
        self.lie = None                          # the takes that lie at the venue while a handler is called

    def run(self):
        length, opens, closes = Fraction(self.case["length"]), {}, {}
        for name, spec in sorted(self.specs.items()):
            rows = [(Fraction(r[0]), *(Fraction(x) for x in r[1:])) for r in spec["rows"]]
            for number, row in enumerate(rows):
                end = row[0] + length
                if number + 1 < len(rows):
                    end = min(end, rows[number + 1][0])
                opens.setdefault(row[0], []).append((name, row, end))
                closes.setdefault(end, []).append((name, row, number + 1))
        for when in sorted({*opens, *closes}):
            self.advance(when, False)
            self.now = when
            for name, row, number in closes.get(when, ()):
                self.inside(name, row, when)
            for name, row, number in closes.get(when, ()):
                self.marks[name] = (row[4], row[4])
                self.push(when + self.feed, DATA, lambda n=name, r=row, k=number: self.tell(n, r, k))
            self.advance(when, True)
            if when in closes:
                self.look_at_equity(max(row[0] for _, row, _ in closes[when]) // DAY)
            for name, row, end in opens.get(when, ()):
                self.open_bar(name, row, end)
        self.finish()
        return self

    def tell(self, name, row, number):
        self.quote[name] = (row[4], row[4])
        plan = self.legs[name].plan
        self.lie = plan and (plan, plan.takes, plan.taken)
        self.handler(name, number)
        self.lie = None

    # --- orders -----------------------------------------------------------------------------------------------------------

    def arrive(self, order):
        self.accept(order)

    def pending(self, symbol, kind, since):
        return [o for o in self.working if o.open and o.symbol == symbol and o.kind == kind and o.accepted <= since]

    def trade(self, order, price, when, heard, inside, maker):
        qty, position = order.leaves, self.account.positions[order.symbol].qty
        if order.reduce_only:
            if position * order.side >= 0:
                return self.end(order, "canceled", "REDUCE_ONLY_VIOLATION", heard)
            qty = min(qty, abs(position))
        if order.role == "entry":
            self.held[order.symbol] = Held(order, price, inside)
        elif order.role != "target":
            self.give(order.symbol, qty)
        self.executes(order, qty, price, maker, when, heard)
        if order.leaves:
            self.end(order, "canceled", "REDUCE_ONLY_VIOLATION", heard)
        return None

    def give(self, symbol, qty):
        held = self.held[symbol]
        held.qty -= qty
        if not held.qty:
            del self.held[symbol]

    def exit(self, symbol, qty, price, role, when, heard, maker, assumed=False):
        held = self.held[symbol]
        order = Order(symbol, -held.side, "limit" if role == "take" else "stop", qty, price, role)
        self.give(symbol, qty)
        self.assumed += assumed
        self.executes(order, qty, price, maker, when, heard)

    # --- a bar --------------------------------------------------------------------------------------------------------------

    def open_bar(self, symbol, row, end):
        begin, price = row[0], row[1]
        self.exits_at_open(symbol, price, begin, end, stops=True)          # accepted before what closes the leg
        self.exits_at_open(symbol, price, begin, end, stops=False)
        for order in self.pending(symbol, "market", begin):
            self.trade(order, price, begin, end, False, False)
        for order in self.pending(symbol, "limit", begin):
            if order.side * (price - order.price) <= 0:
                self.trade(order, price, begin, end, False, False)
        held = self.held.get(symbol)
        if held:
            held.inside = False
            self.exits_at_open(symbol, price, begin, end, stops=True)      # absolute levels that the open has passed
            self.exits_at_open(symbol, price, begin, end, stops=False)

    def exits_at_open(self, symbol, price, begin, end, stops):
        held = self.held.get(symbol)
        if not held:
            return
        if stops:
            level, role = held.levels(self.tick[symbol])
            if held.lost(price, level):
                self.exit(symbol, held.qty, price, role, begin, end, False)
            return
        for index, qty in enumerate(held.plan.take_quantities(held.entered, held.qty, self.step[symbol])):
            level = held.plan.take_levels(held.side, held.average, self.tick[symbol])[index]
            if qty and held.side * (price - level) >= 0:
                held.plan.taken[index] += qty
                self.exit(symbol, qty, price, "take", begin, end, False)

    def inside(self, symbol, row, now):
        begin, _, high, low, close = row
        if symbol in self.held:
            self.exits_inside(symbol, row, now)
        for order in self.pending(symbol, "limit", begin):
            if order.expires is not None and order.expires < now:
                continue
            if order.side * ((low if order.side > 0 else high) - order.price) < 0:    # a touch is no fill
                self.trade(order, order.price, now, now, True, True)
                if symbol in self.held:
                    self.exits_inside(symbol, row, now)

    def exits_inside(self, symbol, row, now):
        _, _, high, low, close = row
        held, tick = self.held[symbol], self.tick[symbol]
        worst, best = (low, high) if held.side > 0 else (high, low)
        moved = close if held.inside else best
        moved = moved if held.side * (moved - held.best) > 0 else held.best
        reached = []
        level, role = held.levels(tick)
        if held.lost(worst, level):
            reached.append((level, role, None, False))
        elif not held.inside:
            trail = held.plan.trail_level(held.side, held.average, moved, tick)
            if held.lost(close, trail):
                reached.append((trail, "trail", None, False))
            elif held.lost(worst, trail):
                reached.append((trail, "trail", None, True))
        for index, level in enumerate(held.plan.take_levels(held.side, held.average, tick)):
            if held.side * ((close if held.inside else best) - level) > 0:      # a touch is no fill
                reached.append((level, "take", index, False))
        # the worst first; a take at the level to which its own passing has moved the trail was there before it
        reached.sort(key=lambda r: (held.side * r[0], r[1] != "take"))
        for number, (level, role, index, open_) in enumerate(reached):
            if symbol not in self.held:
                break
            if role == "take":
                qty = held.plan.take_quantities(held.entered, held.qty, self.step[symbol])[index]
                if qty:
                    held.plan.taken[index] += qty
                    self.exit(symbol, qty, level, "take", now, now, True)
            else:
                left = held.plan.take_quantities(held.entered, held.qty, self.step[symbol])
                open_ = open_ or any(r[1] == "take" and left[r[2]] for r in reached[number + 1:])
                self.exit(symbol, held.qty, level, role, now, now, False, open_)
        held.best, held.inside = moved, False
        held.levels(tick)

    # --- what the host does with its exits: they lie at the venue ---------------------------------------------------------

    def armed(self, leg, first, when):
        pass

    def exit_filled(self, leg, order, qty):
        pass

    def hold_back(self, leg):
        """A take that was asked for in the call that closes the leg never reaches the venue; one that was taken away has gone."""
        if self.lie and self.lie[0] is leg.plan and leg.plan.takes:
            leg.plan.takes, leg.plan.taken = self.lie[1:]

    def exits_off(self, leg):
        pass                                     # they end with the position

    def protected(self, leg):
        """What the last price has passed already is closed at market."""
        held = self.held.get(leg.symbol)
        if held:
            level, role = held.levels(self.tick[leg.symbol])
            if held.lost(self.quote[leg.symbol][0], level):
                self.close(leg, role)
