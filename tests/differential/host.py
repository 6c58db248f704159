"""What the host makes of the wishes of a strategy: stances, legs, plans and targets, of one account. The documents say it in
words (docs/scripting.md); this is their second writing, apart from the program, and knows nothing of its code."""
import heapq
from fractions import Fraction

from account import Account, ceil_to, floor_to

MARKET_TTL, LIMIT_TTL = Fraction(1), Fraction(30)
EXPIRY, VENUE, REPORT, DATA = range(4)           # the order of things within one instant


class Silent(Exception):
    """The documents do not say what happens: the case does not count."""


class Order:
    def __init__(self, symbol, side, kind, qty, price, role, plan=None, expires=None):
        self.symbol, self.side, self.kind, self.qty, self.price, self.role = symbol, side, kind, qty, price, role
        self.plan, self.expires = plan, expires
        self.reduce_only = role not in ("entry", "target")
        self.filled = self.heard = Fraction(0)   # at the venue, and as far as the host knows
        self.over = False                        # the host knows that it has ended
        self.created = self.accepted = self.ended = None
        self.state, self.code = "sent", ""
        self.triggered = False                   # of a stop
        self.asked, self.qty_asked, self.changing = price, qty, False          # terms as the host wants them; one change at a time

    @property
    def leaves(self):
        return self.qty - self.filled

    @property
    def ahead(self):
        """What the host still expects of it."""
        return self.qty - self.heard

    @property
    def open(self):
        return self.state in ("ready", "sent", "working")


class Plan:
    """stop and trail are (distance, absolute) pairs with one of them None; takes have a part each, or None for the rest."""

    def __init__(self, exit_):
        self.stop = exit_.get("stop")
        self.set_takes(exit_.get("take") or [])
        self.trail, self.after = exit_.get("trail"), exit_.get("after")
        self.time = exit_.get("time")

    def set_takes(self, takes):
        self.takes, self.taken = takes, [Fraction(0)] * len(takes)

    def take_quantities(self, entered, left, step):
        """What is left to do for each take. A part below the minimum joins the next, one without a part is the rest."""
        result, planned, carried = [], Fraction(0), Fraction(0)
        for (level, part), taken in zip(self.takes, self.taken):
            if part is None:
                qty = entered - planned
            else:
                carried += part
                qty = floor_to(carried * entered, step)
                carried = carried if not qty else Fraction(0)
            planned += qty
            qty = min(max(qty - taken, Fraction(0)), left)
            left -= qty
            result.append(qty)
        return result

    def stop_level(self, side, average, tick):
        if self.stop is None:
            return None
        kind, value = self.stop
        return value if kind == "at" else toward(side, average - side * value, tick)

    def take_levels(self, side, average, tick):
        return [value if kind == "at" else toward(-side, average + side * value, tick)
                for (kind, value), part in self.takes]

    def trail_level(self, side, average, best, tick, begun=False):
        if self.trail is None or not begun and self.after is not None and side * (best - average) < self.after:
            return None
        return toward(side, best - side * self.trail, tick)


def toward(side, level, tick):
    """A level on the losing side of a long (side 1) is rounded up, towards the entry."""
    return ceil_to(level, tick) if side > 0 else floor_to(level, tick)


def tighter(side, a, b):
    """The level of two, each possibly None, that is reached first from above (long) or below (short)."""
    if a is None or b is None:
        return b if a is None else a
    return max(a, b) if side > 0 else min(a, b)


class Leg:
    def __init__(self, symbol):
        self.symbol = symbol
        self.stance = 0
        self.next = None                         # the opening half of a reversal, waiting
        self.clear()

    def clear(self):
        self.qty = self.cost = self.entered = Fraction(0)
        self.entry = self.plan = self.due = self.closing = None
        self.closers, self.stop, self.takes, self.seen, self.wait = [], None, [], None, None
        self.begun = False                       # its trail has: later fills of the entry do not undo that

    @property
    def average(self):
        return self.cost / abs(self.qty)

    @property
    def side(self):
        return 1 if self.qty > 0 else -1

    @property
    def idle(self):
        return not self.qty and not self.entry and not self.closers


class Host:
    """The strategy's side. A venue (bars.py, ticks.py) inherits and adds arrival, matching and the order of events."""

    def __init__(self, case):
        self.case, self.now = case, Fraction(0)
        self.feed, self.entry_delay, self.reply = (Fraction(ms, 1000) for ms in case["latency"])
        self.specs = {s["name"]: s for s in case["symbols"]}
        number = lambda key: {name: Fraction(s[key]) for name, s in self.specs.items()}
        self.tick, self.step, self.size = number("tick"), number("step"), number("size")
        self.account = Account(case["cash"], case["leverage"], case["maker_bp"], case["taker_bp"], self.size)
        self.legs = {name: Leg(name) for name in self.specs}
        self.wanted, self.known_position = {}, {name: Fraction(0) for name in self.specs}      # of targets; as heard
        self.heap, self.seq, self.timers, self.outbox = [], 0, [], []
        self.orders, self.working, self.fills, self.verbs = [], [], [], {}      # working: at the venue
        self.signals = self.expired = self.assumed = self.cut = self.rejected = self.denied = 0
        self.rejected_by = {}
        self.quote, self.marks = {}, {}          # symbol -> (bid, ask): what the host knows, what the venue shows
        self.peak, self.drawdown, self.days = self.account.start, Fraction(0), {}
        self.wishes, self.last_wish = {}, None
        for number, wish in enumerate(case["wishes"]):
            self.wishes.setdefault((wish["symbol"], wish["at"]), []).append((number, wish))

    # --- time ---------------------------------------------------------------------------------------------------------

    def push(self, when, phase, action):
        self.seq += 1
        heapq.heappush(self.heap, (when, phase, self.seq, action))

    def advance(self, until, inclusive):
        """Everything that is due before (or also at) this time; timers come after the events of their instant."""
        while True:
            times = [self.heap[0][0]] if self.heap else []
            times += [min(self.timers)[0]] if self.timers else []
            if not times or min(times) > until or min(times) == until and not inclusive:
                return
            first = min(times)
            self.now = max(self.now, first)
            if self.heap and self.heap[0][0] == first:
                phase, action = heapq.heappop(self.heap)[1::2]
                action()
                self.flush(phase != REPORT)
            else:
                self.timer_runs()

    def events_of(self, now):
        """What the instant still holds without its timers."""
        while self.heap and self.heap[0][0] <= now:
            phase, action = heapq.heappop(self.heap)[1::2]
            action()
            self.flush(phase != REPORT)

    def finish(self):
        """At the end of the data orders and reports in flight still arrive, and what is due meanwhile happens; at the venue
        nothing expires any more."""
        while True:
            self.heap = sorted(item for item in self.heap if item[1] != EXPIRY)
            due = min(self.timers)[0] if self.timers else None
            when = self.heap[0][0] if self.heap else None
            if due is not None and due < (self.now + Fraction(1, 10**9) if when is None else when):
                self.timer_runs()
                continue
            if when is None:
                if due is not None and due <= self.now + 2 * (self.entry_delay + self.reply):
                    raise Silent("what becomes due while the last answers are on their way")
                return
            phase, action = heapq.heappop(self.heap)[1::2]
            self.now = max(self.now, when)
            action()
            self.flush(phase != REPORT)

    def timer_runs(self):
        timer = min(self.timers)
        self.timers.remove(timer)
        self.now = max(self.now, timer[0])
        timer[2]()
        self.flush()

    def at(self, when, action):
        self.seq += 1
        self.timers.append((when, self.seq, action))

    # --- orders ---------------------------------------------------------------------------------------------------------

    def send(self, order):
        """Orders leave when the turn is over; one that is cancelled before has never been."""
        order.created, order.state = self.now, "ready"
        self.orders.append(order)
        self.outbox.append((order, "new", lambda: self.arrive(order)))
        return order

    def flush(self, end_of_turn=True):
        """A turn is what has come at once: reports, then the market event that caused them."""
        if not end_of_turn and self.heap and self.heap[0][0] <= self.now and self.heap[0][1] >= REPORT:
            return
        leaving, self.outbox = self.outbox, []
        for order, _, action in leaving:
            nothing_left = order.reduce_only and self.known_position[order.symbol] * order.side >= 0
            if order.state == "ready" and nothing_left:
                self.cancel(order)
            if order.state != "withdrawn":
                order.state = "sent" if order.state == "ready" else order.state
                self.push(self.now + self.entry_delay, VENUE, action)
        if self.outbox:                          # what went on because something was withdrawn leaves as well
            self.flush()

    def cancel(self, order):
        if order and order.state == "ready":
            order.state = "withdrawn"
            self.orders.remove(order)
            self.ended(order)
        elif order and not order.over:
            self.outbox.append((order, "cancel", lambda: self.cancel_arrives(order)))

    def cancel_arrives(self, order):
        if order.open:
            self.end(order, "canceled")

    def accept(self, order):
        """An order has arrived: it works from now on (True), or the venue refuses it."""
        code = self.refuses(order)
        if code:
            self.end(order, "rejected", code)
            return False
        order.state, order.accepted = "working", self.now
        if order.expires is not None and order.expires <= self.now:      # over on arrival
            self.end(order, "expired")
            return False
        self.working.append(order)
        if order.expires is not None:
            self.push(order.expires, EXPIRY, lambda: order.open and self.end(order, "expired"))
        return True

    def end(self, order, state, code="", heard=None):
        """The venue ends an order; the host hears of it later."""
        order.state, order.code, order.ended = state, code, self.now if heard is None else heard
        self.push(order.ended + self.reply, REPORT, lambda: self.ended(order))

    def executes(self, order, qty, price, maker, when=None, heard=None):
        """The venue fills (part of) an order."""
        when = self.now if when is None else when
        order.filled += qty
        profit, fee = self.account.fill(order.symbol, order.side, qty, price, maker, when, order.role)
        self.fills.append(dict(time=when, symbol=order.symbol, side=order.side, qty=qty, price=price, role=order.role,
                               maker=maker, profit=profit, fee=fee))
        if not order.leaves:
            order.state, order.ended = "filled", self.now
        over = not order.leaves
        self.push((self.now if heard is None else heard) + self.reply, REPORT,
                  lambda: self.filled(order, qty, price, when, over))

    # --- reports --------------------------------------------------------------------------------------------------------

    def filled(self, order, qty, price, when, over):
        leg = self.legs[order.symbol]
        order.heard += qty
        order.over = over
        self.known_position[order.symbol] += order.side * qty
        if order.role == "target":
            return self.target_moves(order.symbol)
        if order.role != "entry":                # what is left keeps its average (docs: the position's average entry)
            leg.cost -= leg.cost * qty / abs(leg.qty)
        leg.qty += order.side * qty
        if order.role == "entry":
            first = not leg.entered
            leg.entered += qty
            leg.cost += qty * price
            if over and leg.entry is order:
                leg.entry = None
            if leg.closing:                      # the entry went on while the leg was being closed
                self.close(leg, leg.closing)
            else:
                if first and leg.plan.time is not None:
                    self.at(self.now + leg.plan.time, lambda entry=order: self.time_is_over(leg, entry))
                    leg.due = order
                self.armed(leg, first, when)
        else:
            if over and order in leg.closers:
                leg.closers.remove(order)
            self.exit_filled(leg, order, qty)
            if not leg.qty or (order.kind != "limit" and leg.entry):
                self.whole_leg_ends(leg, order)
        self.settle(leg)

    def whole_leg_ends(self, leg, order):
        if leg.entry:
            leg.closing = leg.closing or order.role
            self.cancel(leg.entry)

    def ended(self, order):
        leg = self.legs[order.symbol]
        order.over = True
        if order.state == "expired" and order.role == "entry":
            self.expired += 1
        if order.state == "rejected":
            self.rejected += 1
            self.rejected_by[order.code] = self.rejected_by.get(order.code, 0) + 1
        if order.role == "target":
            return self.target_moves(order.symbol)
        if leg.entry is order:
            leg.entry = None
        if order in leg.closers:
            leg.closers.remove(order)
        self.settle(leg, order.code == "REDUCE_ONLY_VIOLATION")    # then a fill is on its way that has closed it already

    def settle(self, leg, refused=False):
        """When nothing is left of the leg it ends, and what waited for that begins."""
        # (a turn hears all its reports before it asks for more: what the venue has closed already needs no second close)
        if leg.closing and leg.qty and self.account.positions[leg.symbol].qty and not leg.closers and not refused and not (leg.stop and leg.stop.heard and not leg.stop.over):
            self.close(leg, leg.closing)
        if not leg.idle:
            return
        if leg.entered or leg.closing or leg.plan:
            self.exits_off(leg)
            leg.clear()
        waiting, leg.next = leg.next, None
        if waiting:
            self.open(leg, waiting)
        else:
            leg.stance = 0

    def time_is_over(self, leg, entry):
        if leg.due is entry and leg.qty and not leg.closing:
            self.close(leg, "time")

    # --- verbs ----------------------------------------------------------------------------------------------------------

    def handler(self, symbol, number):
        """The event with this number reaches the strategy, which has wishes for it."""
        self.called = None                       # the stance that this call has left; what it comes to is known behind it
        for index, wish in self.wishes.get((symbol, number), ()):
            verb, self.last_wish = getattr(self, "verb_" + wish["do"]), index
            self.verbs[index] = verb(self.legs[symbol], wish) or "ok"
            if self.verbs[index] == "ok" and wish["do"] == "signal" and "keep" not in wish:
                self.called = wish["side"]

    def verb_signal(self, leg, wish):
        side = wish["side"]
        if side == 0:
            return self.flat(leg, wish)
        if (leg.stance if self.called is None else self.called) == side:
            return "ALREADY"
        bid, ask = self.known(leg.symbol)
        reference = Fraction(wish["limit"]) if wish.get("limit") else (ask if side > 0 else bid)
        plan = Plan(exit_of(wish))
        levels = [plan.stop_level(side, reference, self.tick[leg.symbol])] if plan.stop else []
        takes = plan.take_levels(side, reference, self.tick[leg.symbol])
        if any(level <= 0 for level in levels + takes):
            return "BAD_EXIT"
        if any(side * (reference - level) <= 0 for level in levels) or any(side * (level - reference) <= 0 for level in takes):
            return "STOP_SIDE"
        self.signals += 1
        leg.stance = side
        waiting = dict(side=side, wish=wish, plan=plan, asked=self.now, dead=False)
        if leg.idle and not leg.plan:
            self.open(leg, waiting)
            return None
        leg.next = waiting
        if wish.get("ttl") is not None or not self.bars and not wish.get("limit"):
            ttl = Fraction(wish["ttl"]) if wish.get("ttl") is not None else MARKET_TTL
            self.at(self.now + ttl, lambda: self.waited_too_long(leg, waiting))
        self.close(leg, "flat")
        return None

    def waited_too_long(self, leg, waiting):
        if leg.next is waiting:
            leg.next, leg.stance = None, 0
            self.expired += 1

    def open(self, leg, waiting):
        wish, symbol, side = waiting["wish"], leg.symbol, waiting["side"]
        limit = Fraction(wish["limit"]) if wish.get("limit") else None
        ttl, begin = wish.get("ttl"), waiting["asked"]
        if ttl is None:
            if self.bars:
                ttl, begin = (max(LIMIT_TTL, self.case["length"]) if limit else None), self.now
            else:
                ttl = LIMIT_TTL if limit else MARKET_TTL
        expires = None if ttl is None else begin + Fraction(ttl)
        if expires is not None and expires <= self.now:
            leg.stance = 0
            self.expired += 1
            return
        bid, ask = self.known(symbol)
        qty = self.sized(symbol, wish, max(limit or 0, ask))     # the venue takes the dearer of both, for a sell as well
        if not qty:
            leg.stance = 0
            return
        leg.plan, leg.stance = waiting["plan"], side
        leg.entry = self.send(Order(symbol, side, "limit" if limit else "market", qty, limit, "entry", leg.plan, expires))

    def sized(self, symbol, wish, price):
        """Fixed sizing, cut to what the account can carry: rule 10.12."""
        wanted = floor_to(Fraction(self.case["qty"]) * Fraction(wish.get("size", 1)), self.step[symbol])
        marks = {name: self.known(name) for name in self.specs if name in self.quote}
        free = self.account.cash + self.account.unrealised(marks)
        for name, position in self.account.positions.items():
            if position.qty:
                free -= abs(position.qty) * marks[name][1] * self.size[name] / self.account.leverage
        each = price * self.size[symbol] * (1 / self.account.leverage + self.account.bp[False])
        if any(o.open and o.role in ("entry", "target") for o in self.orders) and wanted * each * 4 > free:
            raise Silent("what working orders reserve of the free margin")
        most = floor_to(free / each, self.step[symbol]) if free > 0 else Fraction(0)
        if wanted > most:
            self.cut += 1
        return min(wanted, most)

    def flat(self, leg, wish):
        if (leg.stance if self.called is None else self.called) == 0:
            return "ALREADY"
        self.signals += 1
        keep = wish.get("keep")
        if keep is not None and leg.entered and not leg.next:
            return self.reduce(leg, floor_to(leg.entered * Fraction(keep), self.step[leg.symbol]))
        if keep is not None:
            raise Silent("keep of an entry that has not filled")
        leg.next, leg.stance = None, 0
        self.close(leg, "flat")
        return None

    def reduce(self, leg, kept):
        if leg.entry or leg.closers:
            raise Silent("keep while the entry or another exit is at work")
        if not kept:
            leg.stance = 0
            return self.close(leg, "flat")
        if len(leg.plan.takes) > 1:
            raise Silent("which of several takes shrinks by keep")
        over = abs(leg.qty) - kept
        if over <= 0:
            raise Silent("keep of more than there is")
        order = Order(leg.symbol, -leg.side, "market", over, None, "flat")
        leg.closers.append(order)
        self.send(order)
        return None

    def close(self, leg, role):
        """Whatever is left of the leg is given up; its exits guard it until that is done."""
        leg.closing = leg.closing or role
        self.cancel(leg.entry)
        over = abs(leg.qty) - (leg.stop.ahead if role == "stop" and leg.stop and leg.stop.heard else 0)
        if over > 0 and not leg.closers:         # one closing order at a time, what comes besides is sent when it has ended
            order = Order(leg.symbol, -leg.side, "market", over, None, role)
            leg.closers.append(order)
            self.send(order)
        self.hold_back(leg)
        self.settle_later(leg)

    def hold_back(self, leg):
        """What a take has not told the venue yet stays here: it would compete with the close that leaves with it."""
        for order, what, _ in self.outbox:
            if order in leg.takes and what == "change":
                (order.asked, order.qty_asked), order.changing = order.before, False
        self.outbox = [item for item in self.outbox if item[0] not in leg.takes or item[1] != "change"]
        for order in leg.takes:
            if order and order.state == "ready":
                self.cancel(order)

    def settle_later(self, leg):
        self.push(self.now, DATA, lambda: self.settle(leg))

    def verb_protect(self, leg, wish):
        if leg.idle and not leg.plan:
            if self.called:
                raise Silent("protect of an entry of this call that comes to no size")
            return "NO_POSITION"
        if leg.stance == 0 or leg.closing or leg.next or any(not order.over for order in leg.closers):
            raise Silent("protect of a leg that is being closed")
        plan = leg.plan
        side, tick, new, wide = leg.stance, self.tick[leg.symbol], exit_of(wish), wish.get("widen")
        held = leg.qty
        bid, ask = self.known(leg.symbol)
        base = leg.average if held else None
        changes = {}
        for field in ("stop", "take", "trail"):
            if field not in wish["exit"]:
                continue
            old, value = getattr(plan, "takes" if field == "take" else field), new.get(field)
            if wish["exit"][field] is False:
                if old and not wide:
                    return "WIDENS"
                changes[field] = [] if field == "take" else None
                continue
            if field == "trail":
                if old is None or new.get("after") != plan.after:
                    raise Silent("a trail that begins later than its leg")
                if value > old and not wide:
                    return "WIDENS"
            elif field == "take":
                if len(value) > 1 or len(old) > 1:
                    raise Silent("protect of several takes")
                if old and self.distance(side, old[0][0], base) < self.distance(side, value[0][0], base) and not wide:
                    return "WIDENS"
            elif old is not None and self.distance(-side, old, base) < self.distance(-side, value, base) and not wide:
                return "WIDENS"
            changes[field] = value
        for field in ("stop", "take"):
            value = changes.get(field)
            if value:
                kind, number = value if field == "stop" else value[0][0]
                sign = -side if field == "stop" else side
                center = base if held else (bid + ask) / 2
                if kind == "d" and center + sign * number <= 0:
                    return "BAD_EXIT"
                if kind == "at" and sign * (number - (bid if side > 0 else ask)) <= 0:
                    raise Silent("protect with a level beyond the market")
        for field, value in changes.items():
            plan.set_takes(value) if field == "take" else setattr(plan, field, value)
        self.protected(leg)
        return None

    @staticmethod
    def distance(sign, pair, base):
        """How far a level lies from the entry."""
        kind, value = pair
        if kind == "d":
            return value
        if base is None:
            raise Silent("an absolute level is compared before the fill")
        return sign * (value - base)

    # --- targets --------------------------------------------------------------------------------------------------------

    def verb_target(self, leg, wish):
        symbol, qty = leg.symbol, Fraction(wish["qty"])
        state = self.wanted.get(symbol)
        moving = [o for o in self.orders if o.symbol == symbol and not o.over]
        at = self.known_position[symbol]
        if any(o.state == "ready" for o in moving):
            raise Silent("two targets in one call")
        if at == qty and not moving:
            return "ALREADY"
        if state and state["qty"] == qty and not state["dead"]:
            if moving:
                return "ALREADY"
            raise Silent("the same target again after its order has died")
        self.signals += 1
        self.wanted[symbol] = state = dict(qty=qty, wish=wish, asked=self.now, sent=False, dead=False)
        self.target_moves(symbol)
        expires = self.target_expires(state)
        if not state["sent"] and expires is not None:
            self.at(expires, lambda: self.target_dies(state))
        return None

    def target_expires(self, state):
        wish, limit = state["wish"], state["wish"].get("limit")
        ttl = wish.get("ttl")
        if ttl is None:
            if self.bars:
                return None if not limit else state["asked"] + max(LIMIT_TTL, self.case["length"])
            ttl = LIMIT_TTL if limit else MARKET_TTL
        return state["asked"] + Fraction(ttl)

    def target_dies(self, state):
        """What waits for the end of another order is never sent late; what is held then is what is wanted."""
        if not state["sent"] and not state["dead"]:
            state["dead"] = True

    def target_moves(self, symbol):
        """One order brings the position to the target; open ones of the wrong side or too large end first."""
        state = self.wanted.get(symbol)
        if not state or state["sent"] or state["dead"]:
            return
        moving = [o for o in self.orders if o.symbol == symbol and not o.over]
        position = self.known_position[symbol]
        missing = state["qty"] - position - sum(o.side * o.ahead for o in moving)
        if moving and missing * moving[0].side > 0:
            raise Silent("a larger target while an order of its side works")
        wrong = [o for o in moving if o.side * (state["qty"] - position) <= 0]
        if wrong or moving and missing * moving[0].side < 0:
            for order in moving:
                self.cancel(order)
            return
        state["sent"] = True
        if not missing:
            return
        limit = Fraction(state["wish"]["limit"]) if state["wish"].get("limit") else None
        expires = self.target_expires(state)
        if expires is not None and expires <= self.now:
            raise Silent("a target whose time is over in the instant in which it would leave")
        self.send(Order(symbol, 1 if missing > 0 else -1, "limit" if limit else "market", abs(missing), limit, "target",
                        expires=expires))

    # --- what both venues check ------------------------------------------------------------------------------------------

    def refuses(self, order):
        """The checks on arrival that a wish can fail."""
        position = self.account.positions[order.symbol].qty
        if order.reduce_only:
            return "REDUCE_ONLY_VIOLATION" if position * order.side >= 0 else None
        before, after = self.worst_case(order.symbol, None), self.worst_case(order.symbol, order)
        if after <= before:
            return None
        total = sum(self.worst_value(name, order if name == order.symbol else None) for name in self.specs)
        price = max(self.marks[order.symbol][1], order.price or 0)
        fee = self.account.fee(order.symbol, order.qty, price, False)
        worth = self.account.cash + self.account.unrealised(self.marks)
        return "MARGIN_INSUFFICIENT" if total / self.account.leverage + fee > worth else None

    def look_at_equity(self, day):
        """Once per instant, after its last event; of bars the day is that of their open."""
        equity = self.account.cash + self.account.unrealised(self.marks)
        self.days[day] = equity
        self.peak = max(self.peak, equity)
        if self.peak > 0:
            self.drawdown = max(self.drawdown, (self.peak - equity) / self.peak)

    def plain(self, symbol, extra):
        found = [o for o in self.orders if o.symbol == symbol and o.state == "working" and not o.reduce_only]
        return found + [extra] if extra else found

    def worst_case(self, symbol, extra):
        position, orders = self.account.positions[symbol].qty, self.plain(symbol, extra)
        return max(s * position + sum(o.leaves for o in orders if o.side == s) for s in (1, -1))

    def worst_value(self, symbol, extra):
        worst = self.worst_case(symbol, extra)
        if worst <= 0 or symbol not in self.marks:
            return 0
        price = max([self.marks[symbol][1]] + [o.price for o in self.plain(symbol, extra) if o.price])
        return worst * price * self.size[symbol]

    def known(self, symbol):
        if symbol not in self.quote:
            raise Silent("a wish before the first price")
        return self.quote[symbol][:2]


def exit_of(wish):
    """The exit of a wish in exact numbers: a level is ("d", distance) or ("at", price)."""
    given, result = wish.get("exit") or {}, {}
    pair = lambda v: ("at", Fraction(v["at"])) if isinstance(v, dict) else ("d", Fraction(v))
    for field, value in given.items():
        if value is False:
            continue
        if field == "stop":
            result["stop"] = pair(value)
        elif field == "take":
            many = value if isinstance(value, list) else [[value, None]]
            result["take"] = [(pair(v), None if part is None else Fraction(part)) for v, part in many]
        elif field == "trail":
            result["trail"] = Fraction(value["d"] if isinstance(value, dict) else value)
            result["after"] = Fraction(value["after"]) if isinstance(value, dict) else None
        elif field == "time":
            result["time"] = Fraction(value)
    return result
