"""On a terminal `run` shows a live line that always says PAPER, and Ctrl-C ends it in order."""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import unittest

import program


class LiveLine(program.Program):
    def watch(self, *words, until, seconds=15):
        """Run on a terminal of 120 columns; returns the process and what was shown until `until` matched."""
        try:
            master, slave = pty.openpty()
        except OSError as error:                 # a bare container without /dev/pts
            print(f"SKIP {self.id()}: no terminal here: {error}", file=sys.stderr)
            self.skipTest("no terminal here")
        self.addCleanup(os.close, master)
        import fcntl
        import struct
        import termios
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        process = subprocess.Popen([program.MTHOST, *words], cwd=self.dir, stdin=slave, stdout=slave, stderr=slave,
                                   start_new_session=True, env={**os.environ, "TERM": "xterm"})
        os.close(slave)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        seen, deadline = "", time.monotonic() + seconds
        while time.monotonic() < deadline and not re.search(until, seen):
            ready, _, _ = select.select([master], [], [], 0.2)
            if ready:
                try:
                    seen += os.read(master, 65536).decode(errors="replace")
                except OSError:         # the other end is closed
                    break
        return process, master, seen

    def drain(self, process, master, seconds=15):
        seen, deadline = "", time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                ready, _, _ = select.select([master], [], [], 0.2)
                if ready:
                    data = os.read(master, 65536).decode(errors="replace")
                    if not data:
                        break
                    seen += data
                elif process.poll() is not None:
                    break
            except OSError:
                break
        process.wait(timeout=10)
        return seen

    def test_a_line_with_price_position_and_paper_and_ctrl_c(self):
        script = os.path.join(program.SOURCE, "scripts", "scalp.lua")
        process, master, seen = self.watch("run", script, "--speed", "20", until=r"PAPER[\s\S]*BTCUSDT|BTCUSDT[\s\S]*PAPER")
        self.assertRegex(seen, "PAPER")
        self.assertRegex(seen, "BTCUSDT")
        self.assertNotIn("LIVE", seen)
        process.send_signal(signal.SIGINT)
        rest = self.drain(process, master)
        self.assertEqual(process.returncode, 0, rest)
        self.assertIn("result_hash", rest)
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)
        for line in re.split(r"[\r\n]+", plain):
            self.assertLessEqual(len(line), 120, "a line wider than the terminal")

    def test_a_backtest_shows_progress_only_on_a_terminal(self):
        rows = program.bars_csv([100 + (i * 7919 % 1000) / 100 for i in range(400_000)])
        self.write("bars.csv", rows)
        words = ("backtest", os.path.join(program.SOURCE, "bench", "w1.lua"), "--data", "bars.csv", "--symbols", "X")
        process, master, seen = self.watch(*words, until=r"\d+ ?%")
        seen += self.drain(process, master)
        self.assertEqual(process.returncode, 0, seen)
        self.assertRegex(seen, r"\d+ ?%")
        self.assertNotIn("%\r", self.mthost(*words).err)


if __name__ == "__main__":
    unittest.main()
