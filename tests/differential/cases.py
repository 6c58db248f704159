"""Seeded random cases: a small market in which levels are touched, passed and jumped over often, and wishes of a strategy."""
import random
from fractions import Fraction

START = 1_700_000_040
TICKS = ("0.1", "0.5", "0.01", "1")


def text(number):
    """A decimal without an exponent and without zeros behind it."""
    number = Fraction(number)
    digits = 0
    while (number * 10**digits).denominator != 1:
        digits += 1
    whole = abs(int(number * 10**digits))
    sign = "-" if number < 0 else ""
    if not digits:
        return f"{sign}{whole}"
    return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}d}"


class Market:
    def __init__(self, rng, name, kind):
        self.rng, self.name, self.kind = rng, name, kind
        self.tick, self.step = Fraction(rng.choice(TICKS)), Fraction(rng.choice(("0.1", "1", "0.01")))
        self.size = rng.choice(("1", "1", "1", "10"))
        self.level = rng.randrange(300, 1200)    # in ticks
        self.rows, self.prices = [], []          # prices: what a handler sees, in ticks (bid, ask)

    def price(self, ticks):
        return text(max(ticks, 1) * self.tick)

    def move(self, calm):
        rng = self.rng
        self.level += rng.choice((0, 0, 1, -1, 2, -2, 3, -3, 5, -5) if calm else (-12, -8, 8, 12, 0, 20, -20))

    def bars(self, times):
        rng = self.rng
        for when in times:
            if rng.random() < 0.25:
                self.move(rng.random() < 0.5)
            begin = self.level
            if rng.random() < 0.85:
                self.move(rng.random() < 0.85)
            close = self.level
            wick = lambda: rng.choice((0, 0, 0, 1, 1, 2, 3, 5, 8, 15))
            high, low = max(begin, close) + wick(), min(begin, close) - wick()
            self.rows.append([when, *map(self.price, (begin, high, low, close))])
            self.prices.append((close, close))

    def quotes(self, times, sizes):
        rng = self.rng
        spread = rng.choice((1, 1, 2, 3))
        for when in times:
            if rng.random() < 0.8:
                self.move(rng.random() < 0.9)
            bid, ask = self.level, self.level + (spread if rng.random() < 0.8 else rng.choice((1, 2, 5)))
            row = [when, self.price(bid), self.price(ask)]
            if sizes:
                row += [text(self.step * rng.choice((1, 2, 3, 5, 10, 40))) for _ in range(2)]
            self.rows.append(row)
            self.prices.append((bid, ask))

    def trades(self, times):
        for when in times:
            if self.rng.random() < 0.8:
                self.move(self.rng.random() < 0.9)
            self.rows.append([when, self.price(self.level), text(self.step * self.rng.choice((1, 2, 5)))])
            self.prices.append((self.level, self.level))

    # --- wishes -----------------------------------------------------------------------------------------------------------

    def distance(self, low=1, high=14):
        return text(self.rng.randint(low, high) * self.tick)

    def exit_level(self, at, side):
        """A distance, or now and then the price itself, or one that no price can have."""
        rng = self.rng
        if rng.random() < 0.15:
            bid, ask = self.prices[at - 1]
            return dict(at=self.price((bid if side > 0 else ask) + side * rng.randint(-1, 14)))
        return self.distance() if rng.random() < 0.97 else text(rng.choice((700, 1300, 3000)) * self.tick)

    def exit(self, at, side):
        rng, result = self.rng, {}
        if rng.random() < 0.6:
            result["stop"] = self.exit_level(at, -side)
        if rng.random() < 0.5:
            if rng.random() < 0.3:
                first = rng.randint(1, 8)
                result["take"] = [[text(first * self.tick), rng.choice(("0.5", "0.25", "0.3"))],
                                  [text((first + rng.randint(1, 6)) * self.tick), None]]
            else:
                result["take"] = self.exit_level(at, side)
        if rng.random() < 0.35:
            result["trail"] = self.distance(1, 10) if rng.random() < 0.6 else dict(d=self.distance(1, 10), after=self.distance(1, 8))
        if rng.random() < 0.2:
            result["time"] = str(rng.choice((60, 120, 180)) if self.kind == "bars" else rng.choice((2, 3, 5, 8)))
        return result

    def near(self, at, side):
        """A limit near the market of that event."""
        bid, ask = self.prices[at - 1]
        return self.price((ask if side > 0 else bid) - side * self.rng.choice((0, 1, 1, 2, 3, 4, 6, -1, -3)))

    def life(self):
        return text(self.rng.choice((30, 60, 90, 120, 150, 300) if self.kind == "bars" else (1, 2, 3, 4, 6, 10, 60)))

    def wish(self, at, uses):
        rng = self.rng
        wish = dict(symbol=self.name, at=at)
        if uses == "target":
            wish.update(do="target", qty=text(self.step * rng.choice((-8, -4, -2, 0, 0, 1, 3, 5, 9))))
            if rng.random() < 0.4:
                wish["limit"] = self.near(at, rng.choice((1, -1)))
            if rng.random() < 0.4:
                wish["ttl"] = self.life()
            return wish
        what = rng.random()
        if what < 0.6:
            side = rng.choice((1, -1))
            wish.update(do="signal", side=side)
            if rng.random() < 0.45:
                wish["limit"] = self.near(at, side)
            if rng.random() < 0.5:
                wish["ttl"] = self.life()
            if rng.random() < 0.8:
                wish["exit"] = self.exit(at, side)
            if rng.random() < 0.2:
                wish["size"] = rng.choice(("0.5", "2", "3"))
        elif what < 0.8:
            wish.update(do="signal", side=0)
            if rng.random() < 0.3:
                wish["keep"] = rng.choice(("0.5", "0.25", "0.75"))
        else:
            exit_ = {}
            for field in rng.sample(("stop", "take", "trail"), rng.choice((1, 1, 2))):
                exit_[field] = False if rng.random() < 0.2 else self.distance()
            wish.update(do="protect", exit=exit_)
            if rng.random() < 0.4:
                wish["widen"] = True
        return wish


def frame_is_clear(times, pace):
    """Most rows lie one bar apart, the first two as well."""
    apart = [b - a for a, b in zip(times, times[1:])]
    return bool(apart) and apart[0] == pace and apart.count(pace) * 2 > len(apart)


def generate(seed, kind=None):
    rng = random.Random(seed)
    drawn = rng.choices(("bars", "quotes", "trades"), (50, 35, 15))[0]
    kind = kind or drawn
    count, events = rng.choice((1, 1, 1, 2, 3)), rng.randint(8, 40)
    pace = 60 if kind == "bars" else 1
    sizes = rng.random() < 0.6
    symbols, wishes = [], []
    for name in ("AAA", "BBB", "CCC")[:count]:
        market = Market(rng, name, kind)
        gaps = rng.random() < 0.5
        times = [START + pace * i for i in range(events) if not (gaps and i > 2 and rng.random() < 0.12)]
        if kind == "bars" and not frame_is_clear(times, pace):
            times = [START + pace * i for i in range(events)]
        market.quotes(times, sizes) if kind == "quotes" else getattr(market, kind)(times)
        uses = "target" if rng.random() < 0.2 else "signal"
        for at in sorted(rng.sample(range(1, len(times)), min(len(times) - 1, rng.randint(2, 8)))):
            wishes.append(market.wish(at, uses))
            if rng.random() < 0.1:
                wishes.append(market.wish(at, uses))
        symbols.append(dict(name=name, tick=text(market.tick), step=text(market.step), size=market.size, rows=market.rows))
    case = dict(seed=seed, kind=kind, length=60, symbols=symbols, wishes=wishes, latency=[0, 0, 0],
                maker_bp=rng.choice(("0", "1")), taker_bp=rng.choice(("0", "4", "7.5")), cash="10000000",
                leverage=rng.choice(("1", "5", "30")), qty=rng.choice(("10", "20", "7")))
    if count == 1 and rng.random() < 0.2:        # an account that can carry about what is wanted
        spec = symbols[0]
        worth = Fraction(case["qty"]) * Fraction(spec["rows"][0][1]) * Fraction(spec["size"]) / Fraction(case["leverage"])
        case["cash"] = str(max(1, round(worth * rng.choice((60, 90, 100, 105, 150)) / 100)))
    vary(case, random.Random(f"vary {seed}"))
    return case


def vary(case, rng):
    """What may be otherwise in any case: how long a bar is, and so how many days there are; and how long everything takes."""
    if case["kind"] == "bars" and rng.random() < 0.4:
        stretch(case, rng.choice((60, 240, 1440)))
    if case["kind"] != "bars" and rng.random() < 0.5:
        case["latency"] = [rng.choice((0, 1, 40, 300, 1500)) for _ in range(3)]


def stretch(case, factor):
    """All times but the first are that many times later."""
    case["length"] *= factor
    for spec in case["symbols"]:
        for row in spec["rows"]:
            row[0] = START + (row[0] - START) * factor
    for wish in case["wishes"]:
        if "ttl" in wish:
            wish["ttl"] = text(Fraction(wish["ttl"]) * factor)
        if "time" in wish.get("exit", ()):
            wish["exit"]["time"] = text(Fraction(wish["exit"]["time"]) * factor)
