"""What the whole-program tests share: calling ./mthost as a user does, in a folder of its own, and a reader of the journal
that knows only docs/journal.md, so that the program is not its own witness.

The program is $MTHOST, else ./mthost of the source tree. Tests that need ../shared skip with a notice when it is absent."""
import csv
import json
import mmap
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
SHARED = os.path.join(os.path.dirname(SOURCE), "shared")
MTHOST = os.path.abspath(os.environ.get("MTHOST") or os.path.join(SOURCE, "mthost"))
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|ThreadSanitizer")
START = 1_600_000_000        # s; where data files that the tests write begin


class Result:
    def __init__(self, words, code, out, err, elapsed):
        self.words, self.code, self.out, self.err, self.elapsed = words, code, out, err, elapsed

    def json(self):
        return json.loads(self.out)

    def lines(self):
        return [json.loads(line) for line in self.out.splitlines() if line]

    def summary(self):
        """The result object of a backtest or the last line of a run."""
        found = [line for line in self.lines() if line.get("ev", "summary") == "summary"]
        assert found, "no summary in:\n" + self.out[-2000:]
        return found[-1]

    def __str__(self):
        return f"mthost {' '.join(self.words)}\nexit {self.code}\n{self.out[-3000:]}\n{self.err[-3000:]}"


def call(*words, cwd, env=None, timeout=120, prefix=(), text=True, stdin=subprocess.DEVNULL):
    full = dict(os.environ)
    for name in ("MTHOST_SCRIPTS", "LOG_LEVEL", "TRADING_ENABLED"):
        full.pop(name, None)
    full.update(env or {})
    begin = time.monotonic()
    done = subprocess.run([*prefix, MTHOST, *map(str, words)], cwd=cwd, env=full, capture_output=True, timeout=timeout,
                          text=text, errors="replace" if text else None, stdin=stdin)
    return Result([str(w) for w in words], done.returncode, done.stdout, done.stderr, time.monotonic() - begin)


class Program(unittest.TestCase):
    """A test with a folder of its own; self.dir is the working directory, self.dir/var the state."""

    @classmethod
    def setUpClass(cls):
        if not os.access(MTHOST, os.X_OK):
            if os.environ.get("MTHOST"):
                raise AssertionError(f"MTHOST={MTHOST}: no such program")
            print(f"SKIP {cls.__name__}: {MTHOST} is not built", file=sys.stderr)
            raise unittest.SkipTest(f"{MTHOST} is not built")

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="mthost-test-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, data):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb" if isinstance(data, bytes) else "w") as file:
            file.write(data)
        return path

    def shared(self, *parts):
        path = os.path.join(SHARED, *parts)
        if not os.path.exists(path):
            print(f"SKIP {self.id()}: {path} is absent", file=sys.stderr)
            self.skipTest(f"{path} is absent")
        return path

    def mthost(self, *words, code=0, **how):
        """Call the program and hold it to its exit code. Failures of every kind are one line on stderr, from mthost."""
        result = call(*words, cwd=self.dir, **how)
        self.assertIsNone(SANITIZER.search(result.err), str(result))
        wanted = code if isinstance(code, tuple) else (code,)
        self.assertIn(result.code, wanted, str(result))
        if result.code in (1, 2, 3, 4, 6, 7):
            said = [line for line in result.err.splitlines() if line.startswith("mthost: ")]
            self.assertEqual(len(said), 1, "not one line that says why\n" + str(result))
            self.assertLess(len(said[0]), 1200, str(result))
        return result

    def has_run(self, state="var"):
        """A start makes the folder of runs a moment before its own in it."""
        runs = self.path(state, "runs")
        return os.path.isdir(runs) and os.listdir(runs) != []

    def newest_run(self, state="var"):
        runs = self.path(state, "runs")
        return os.path.join(runs, sorted(os.listdir(runs), key=run_key)[-1])

    def start(self, *words, **how):
        """The program in the background; killed at the end of the test if it still runs."""
        process = subprocess.Popen([MTHOST, *map(str, words)], cwd=self.dir, stdin=subprocess.DEVNULL,
                                   stdout=how.get("stdout", subprocess.PIPE), stderr=subprocess.PIPE, text=True)
        self.addCleanup(end, process)
        return process

    def wait_for(self, what, condition, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return
            time.sleep(0.02)
        self.fail(f"{what}: not within {seconds} s")


def end(process):
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.communicate()


def run_key(name):
    match = re.match(r"(.*?)(?:-(\d+))?$", name)
    return (match.group(1), int(match.group(2) or 1))


def table(path):
    """The rows of a CSV file with a header."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def bars_csv(closes, start=START, step=60):
    """A bar file: each bar opens at the close before it."""
    rows, before = ["time,open,high,low,close,volume"], closes[0]
    for number, close in enumerate(closes):
        rows.append(f"{start + number * step},{before},{max(before, close)},{min(before, close)},{close},1")
        before = close
    return "\n".join(rows) + "\n"


def quotes_csv(mids, start=START, half=1):
    """A quote a second around each middle, prices in hundredths."""
    rows = ["time,bid,ask"]
    for number, mid in enumerate(mids):
        rows.append(f"{start + number},{(mid - half) / 100:.2f},{(mid + half) / 100:.2f}")
    return "\n".join(rows) + "\n"


# --- the journal, read by what docs/journal.md says ------------------------------------------------------------------------

EVENTS = ["pass", "deny", "durable", "jfail", "nobyte", "out", "amb", "ack", "rej", "fillp", "fillx", "cxl", "exp", "bust",
          "corr", "absent", "restart", "withdraw"]
ROLES = ["entry", "stop", "take", "trail", "time", "flat", "target", "slot", "operator", "stopout", "external"]
ZIGZAG = set("int units price qty time code side limit_value account_or_all symbol_or_all symbol_or_none money measure".split())


def kinds_of_the_documentation():
    """{number: (name, [(field, type)], what comes behind them)} as docs/journal.md lists them."""
    with open(os.path.join(SOURCE, "docs", "journal.md")) as file:
        block = re.search(r"```\n(RUN_START 1,.*?)```", file.read(), re.S).group(1)
    kinds = {}
    for line in block.splitlines():
        head = re.match(r"(\w+) (\d+), since \d+(?:, then (\w+))?$", line)
        if head:
            fields = []
            kinds[int(head.group(2))] = (head.group(1), fields, head.group(3))
        else:
            fields += [tuple(word.split()[:2]) for word in line.strip().rstrip(",").split(", ")]
    return kinds


KINDS = kinds_of_the_documentation()


class Payload:
    """The bytes of a record, read field by field."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def zigzag(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def take(self, length):
        self.at += length
        return bytes(self.data[self.at - length:self.at])

    def field(self, kind):
        if kind == "text":
            return self.take(self.varint()).decode()
        if kind == "double":
            return struct.unpack("<d", self.take(8))[0]
        if kind == "level":
            return self.varint(), self.zigzag(), self.zigzag(), self.zigzag()
        if kind == "codes":
            return [(self.varint(), self.zigzag()) for _ in range(self.varint())]
        return self.zigzag() if kind in ZIGZAG else self.varint()

    def fields(self, fields):
        size = (len(fields) + 7) // 8
        bits = int.from_bytes(self.take(size), "little")
        nothing = {"text": "", "level": (0, 0, 0, 0), "codes": []}
        return {name: self.field(kind) if bits >> n & 1 else nothing.get(kind, 0) for n, (name, kind) in enumerate(fields)}


def fields(kind, payload):
    """What a record says, by the names of its fields, and `position`."""
    name, names, behind = KINDS[kind]
    data = Payload(payload)
    position = data.varint()
    found = data.fields(names)
    found["position"] = position
    if name == "DECISION":          # what it is about is mostly asked for without saying of which part
        legs = next(names for kind, names, _ in KINDS.values() if kind == "LEG")
        found = {key.split(".", 1)[1] if key.startswith("signal.") else key: value for key, value in found.items()}
        found["request"] = found["kind"]
        del found["kind"]
        found["legs"] = [data.fields(legs) for _ in range(found["leg_count"])]
    elif name == "RUN_START":
        found["json"] = json.loads(data.take(found["json_length"]))
    elif name == "INTENT":
        found = {key.removeprefix("terms."): value for key, value in found.items()}
        found["role"] = ROLES[found["role"]]
    elif name == "VENUE_EVENT":
        found["event"] = EVENTS[found["event"]]
    elif name == "REFUSED":
        found["codes"] = {code: count for count, code in found["codes"]}
    assert behind == "bytes" or data.at == len(payload), (name, found)
    return found


class Record:
    def __init__(self, file, offset, length, seq, time_ns, kind, payload):
        self.file, self.offset, self.length, self.seq, self.time_ns = file, offset, length, seq, time_ns
        self.kind, self.payload = KINDS[kind][0], payload
        self.number, self.known = kind, None

    @property
    def fields(self):
        if self.known is None:
            self.known = fields(self.number, self.payload)
        return self.known

    def __getattr__(self, name):
        known = self.fields             # a journal that is read wrongly says so itself
        if name not in known:
            raise AttributeError(name)
        return known[name]


def segments(run):
    found = [os.path.join(d, f) for d, _, fs in os.walk(run) for f in fs if f.endswith(".mtj")]
    return sorted(found, key=os.path.basename)


LAST_OF_TURN = 2


def journal(run):
    """All records of a run's whole turns; ends at the first thing that is none, as a torn tail is."""
    records, expected, whole = [], 1, 0
    for path in segments(run):
        if os.path.getsize(path) < 64:
            break
        with open(path, "rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)     # most of it is the unused rest of a segment
        assert data[:8] == b"MTJRNL\0\1", path
        offset = 64
        while offset + 32 <= len(data):
            length, crc, seq, time_ns, kind, version, flags, chain = struct.unpack_from("<IIQqHBBI", data, offset)
            if length == 0 or seq != expected or offset + 32 + length > len(data) or kind not in KINDS:
                break
            records.append(Record(path, offset, length, seq, time_ns, kind, data[offset + 32:offset + 32 + length]))
            offset += 32 + (length + 7) // 8 * 8
            expected += 1
            if flags & LAST_OF_TURN:
                whole = len(records)
    return records[:whole]


def crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


CRC = crc_table()


def crc32c(crc, data):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = CRC[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def reseal(run):
    """Give every record the checksum and chain of what it says now: a forged journal, right in all but its content."""
    chain = 0
    for path in segments(run):
        with open(path, "rb") as file:
            data = bytearray(file.read())
        generation, first = struct.unpack_from("<Q", data, 40)[0], struct.unpack_from("<Q", data, 24)[0]
        struct.pack_into("<I", data, 48, chain)
        struct.pack_into("<I", data, 60, crc32c(0, data[:60]))
        seed, offset = crc32c(0, struct.pack("<QQ", generation, first)), 64
        while offset + 32 <= len(data):
            length = struct.unpack_from("<I", data, offset)[0]
            if length == 0:
                break
            struct.pack_into("<I", data, offset + 28, chain)
            chain = crc32c(seed, data[offset + 8:offset + 32 + length])
            struct.pack_into("<I", data, offset + 4, chain)
            offset += 32 + (length + 7) // 8 * 8
        with open(path, "wb") as file:
            file.write(data)


def fold(records):
    """What the fills of a journal come to: {(account, symbol): position}, and the orders that may still fill."""
    orders, positions, open_orders, fills = {}, {}, {}, {}
    for record in records:
        if record.kind == "INTENT" and record.code == 0:
            assert record.coid not in orders, f"order id {record.coid} is used twice, the second time at seq {record.seq}"
            orders[record.coid] = open_orders[record.coid] = record
        elif record.kind == "VENUE_EVENT" and record.op == 0:
            if record.event in ("fillp", "fillx"):
                key = (record.account, record.fill_id)
                assert key not in fills, f"fill {record.fill_id} came twice, the second time at seq {record.seq}"
                fills[key] = record
                order = orders[record.coid]
                place = (record.account, record.symbol)
                positions[place] = positions.get(place, 0) + order.side * record.qty
            if record.event in ("fillx", "cxl", "exp", "rej"):
                open_orders.pop(record.coid, None)
    return {place: qty for place, qty in positions.items() if qty}, open_orders, fills
