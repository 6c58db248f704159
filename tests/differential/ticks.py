"""The simulated venue on quotes and on trades alone (docs/simulated-venue.md#fills-on-quotes-and-trades), and what the host does there itself: it places
stops and takes when it hears of a fill and has seen a price as young as the fill, and it watches the trail."""
from fractions import Fraction

from host import DATA, REPORT, Host, Order
from statistics_of import DAY


class TickHost(Host):
    bars = False

    def __init__(self, case):
        super().__init__(case)
        self.shown, self.newest = {}, {}
        self.trades_only = case["kind"] == "trades"

    def run(self):
        events = []
        for name, spec in self.specs.items():
            for number, row in enumerate(spec["rows"]):
                events.append((Fraction(row[0]), name, number + 1, [None if x is None else Fraction(x) for x in row[1:]]))
        events.sort(key=lambda e: e[:3])
        for index, (when, name, number, values) in enumerate(events):
            self.advance(when, False)
            self.now = when
            self.events_of(when)                 # what arrives now meets the market of before
            self.market(name, values)
            shown = self.marks[name]
            self.push(when + self.feed, DATA, lambda n=name, k=number, w=when, q=shown: self.tell(n, k, w, q))
            self.events_of(when)
            if index + 1 == len(events) or events[index + 1][0] > when:
                self.advance(when, True)
                self.look_at_equity(when // DAY)
        self.finish()
        return self

    # --- the market -------------------------------------------------------------------------------------------------------

    def market(self, symbol, values):
        bid, ask = (values[0], values[0]) if self.trades_only else values[:2]
        sizes = [None, None] if self.trades_only or len(values) < 4 else values[2:4]
        self.marks[symbol], self.shown[symbol] = (bid, ask), {1: sizes[1], -1: sizes[0]}
        for order in self.of(symbol):            # what rests or waits, in order of acceptance
            if order.kind == "limit":
                gap = order.side * (self.far(order) - order.price)
                if gap < 0:
                    self.trade(order, order.leaves, order.price, True)
                elif gap == 0 and not self.trades_only:
                    self.take(order, order.price, True)
            elif order.kind == "market" or order.triggered:
                self.take(order, self.far(order), False)
        for order in self.of(symbol, "stop"):    # then the stops of this event
            if not order.triggered and order.side * (self.far(order) - order.price) >= 0:
                order.triggered = True
                self.to_the_back(order)
                self.take(order, self.far(order), False)

    def to_the_back(self, order):
        self.working.remove(order)
        self.working.append(order)

    def far(self, order):
        """The price at which the order would take."""
        return self.marks[order.symbol][1 if order.side > 0 else 0]

    def of(self, symbol, kind=None):
        return [o for o in self.working if o.open and o.symbol == symbol and kind in (None, o.kind)]

    def take(self, order, price, maker):
        """What the quote still shows on the side that the order wants."""
        shown = self.shown[order.symbol][order.side]
        if order.reduce_only and self.account.positions[order.symbol].qty * order.side >= 0:
            return self.end(order, "canceled", "REDUCE_ONLY_VIOLATION")          # also where the quote shows nothing
        qty = order.leaves if shown is None else min(order.leaves, shown)
        if qty:
            before = order.filled
            self.trade(order, qty, price, maker)
            if shown is not None:
                self.shown[order.symbol][order.side] -= order.filled - before
        return None

    def trade(self, order, qty, price, maker):
        if order.reduce_only:
            position = self.account.positions[order.symbol].qty
            if position * order.side >= 0:
                return self.end(order, "canceled", "REDUCE_ONLY_VIOLATION")
            qty = min(qty, abs(position))
        self.executes(order, qty, price, maker)
        if order.open and order.reduce_only and not self.account.positions[order.symbol].qty:
            self.end(order, "canceled", "REDUCE_ONLY_VIOLATION")
        return None

    def arrive(self, order):
        if not order.open:
            return
        if self.accept(order):
            if order.changing:
                self.push(self.now + self.reply, REPORT, lambda: self.changed(self.legs[order.symbol], order))
            self.meet(order)

    def meet(self, order):
        """A new or changed order and the market of its arrival."""
        price = self.far(order)
        if order.kind == "stop":
            order.triggered = order.side * (price - order.price) >= 0
        gap = order.side * (price - order.price) if order.kind == "limit" else None
        if order.kind == "market" or order.triggered or gap is not None and (gap < 0 or gap == 0 and not self.trades_only):
            self.take(order, price, False)

    # --- the host ---------------------------------------------------------------------------------------------------------

    def tell(self, symbol, number, when, shown):
        self.quote[symbol], self.newest[symbol] = shown, when
        self.follow(self.legs[symbol])
        self.handler(symbol, number)

    def armed(self, leg, first, when):
        leg.wait = when
        leg.seen = leg.average if leg.seen is None else leg.seen         # a trail begins at the first fill
        if self.newest.get(leg.symbol, -1) >= when:
            self.follow(leg)
        else:
            self.at(self.now, lambda: self.no_price_came(leg, when))

    def follow(self, leg):
        """A price for a leg that stands: its trail moves, its exits are placed or have been passed."""
        if not leg.qty or leg.closing or self.newest[leg.symbol] < leg.wait:
            return
        price = self.leaving(leg)
        leg.seen = price if leg.side * (price - leg.seen) > 0 else leg.seen
        self.sync(leg)

    def no_price_came(self, leg, when):
        """The instant is over without a price as young as the fill: its exits go out, and nobody asks what has been passed."""
        if leg.qty and not leg.closing and leg.wait == when and self.newest[leg.symbol] < when:
            self.sync(leg, ask=False)

    def leaving(self, leg):
        return self.quote[leg.symbol][0 if leg.side > 0 else 1]

    def sync(self, leg, ask=True):
        tick, price = self.tick[leg.symbol], self.leaving(leg)
        stop = leg.plan.stop_level(leg.side, leg.average, tick)
        trail = leg.plan.trail_level(leg.side, leg.average, leg.seen, tick, leg.begun)
        leg.begun = trail is not None
        for level, role in ((trail, "trail"), (stop, "stop")):
            lies = role == "stop" and leg.stop and not leg.stop.over and leg.stop.asked == level
            if ask and not lies and level is not None and leg.side * (price - level) <= 0:
                return self.close(leg, role)
        leg.stop = self.want(leg, leg.stop, "stop", stop, abs(leg.qty) if stop is not None else 0)
        levels = leg.plan.take_levels(leg.side, leg.average, tick)
        quantities = leg.plan.take_quantities(leg.entered, abs(leg.qty), self.step[leg.symbol])
        leg.takes += [None] * (len(levels) - len(leg.takes))
        for index, order in enumerate(leg.takes):
            some = index < len(levels)
            leg.takes[index] = self.want(leg, order, "take", levels[index] if some else None, quantities[index] if some else 0)
        return None

    def want(self, leg, order, role, price, qty):
        """One exit order is to lie at the venue with this price and quantity."""
        if order and order.over:
            order = None
        if not qty:
            self.cancel(order)
            return None
        if order is None:
            order = Order(leg.symbol, -leg.side, "limit" if role == "take" else "stop", qty, price, role)
            order.changing = self.entry_delay + self.reply > 0   # until the venue has said that it works
            return self.send(order)
        if (order.asked, order.qty_asked - order.heard) != (price, qty) and not order.changing:
            order.before = order.asked, order.qty_asked
            order.asked, order.qty_asked, order.changing = price, order.heard + qty, True
            self.outbox.append((order, "change", lambda: self.change(order, price, qty)))
        return order

    def changed(self, leg, order):
        """One operation at a time: the next one when this has been answered."""
        order.changing = False
        if leg.qty and not leg.closing and self.newest[leg.symbol] >= leg.wait:
            self.sync(leg)

    def change(self, order, price, qty):
        if order.triggered:                      # too late: it is a market order now
            (order.asked, order.qty_asked), order.changing = order.before, False
            return
        self.push(self.now + self.reply, REPORT, lambda: self.changed(self.legs[order.symbol], order))
        if order.open:
            if price != order.price or qty > order.leaves:
                self.to_the_back(order)
            order.price, order.qty = price, order.filled + qty
            self.meet(order)

    def exit_filled(self, leg, order, qty):
        if order.role == "take" and order in leg.takes:
            leg.plan.taken[leg.takes.index(order)] += qty
            if leg.qty and not leg.closing and self.newest[leg.symbol] >= leg.wait:
                self.sync(leg)
        elif order is leg.stop:
            leg.closing = leg.closing or "stop"
            if leg.qty:
                self.close(leg, "stop")
        elif leg.qty and not leg.closing:        # a reduction by flat with keep
            self.sync(leg)

    def exits_off(self, leg):
        for order in [leg.stop, *leg.takes]:
            self.cancel(order)

    def protected(self, leg):
        if leg.qty and self.newest[leg.symbol] >= leg.wait:
            self.sync(leg)
