"""The same run has the same result_hash: twice, in another locale and time zone, at other addresses, with the JIT off, at
another pace, and with the journal that the replay reads."""
import os
import shutil
import subprocess
import unittest

import program


def other_locale():
    """A locale whose decimal point is a comma, made with localedef where the machine has none; else the C library's."""
    have = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.split()
    return "de_DE.UTF-8" if "de_DE.utf8" in have else None


class SameHash(program.Program):
    runs = {
        "scalp": ["run", program.SOURCE + "/scripts/scalp.lua", "--for", "20m", "--speed", "max", "--seed", "3"],
        "ema_cross": ["run", program.SOURCE + "/scripts/strategies/ema_cross.lua", "--for", "12h", "--speed", "max", "--seed",
                      "5", "--symbols", "BTCUSDT,ETHUSDT"],
        "mean_revert": ["run", program.SOURCE + "/scripts/strategies/mean_revert.lua", "--for", "2h", "--speed", "max",
                        "--seed", "7"],
    }

    def hash_of(self, name, *more, **how):
        summary = self.mthost(*self.runs[name], "--json", *more, **how).summary()
        self.assertGreater(summary["fills"], 0, f"{name} trades nothing: this tests nothing")
        return summary["result_hash"]

    def test_twice(self):
        for name in self.runs:
            self.assertEqual(self.hash_of(name), self.hash_of(name), name)

    def test_another_seed_gives_another(self):
        words = self.runs["scalp"]
        other = self.mthost(*words[:-1], "4", "--json").summary()["result_hash"]
        self.assertNotEqual(self.hash_of("scalp"), other)

    def test_in_another_time_zone_and_locale(self):
        base = {name: self.hash_of(name) for name in self.runs}
        env = {"TZ": "Asia/Kathmandu"}
        locale = other_locale()
        if not locale and shutil.which("localedef"):
            made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", self.path("de_DE.UTF-8")], capture_output=True)
            if os.path.isdir(self.path("de_DE.UTF-8")):
                env["LOCPATH"], locale = self.dir, "de_DE.UTF-8"
            else:
                print("SKIP part of test_in_another_time_zone_and_locale: no locale sources:", made.stderr[-100:])
        env["LC_ALL"] = locale or "C.UTF-8"
        for name in self.runs:
            self.assertEqual(self.hash_of(name, env=env), base[name], name)

    def test_without_random_addresses(self):
        plain = ["setarch", "-R"]
        if not shutil.which("setarch") or subprocess.run([*plain, "true"], capture_output=True).returncode != 0:
            print("SKIP test_without_random_addresses: setarch -R is not allowed here")
            self.skipTest("setarch -R is not allowed here")
        for name in self.runs:
            self.assertEqual(self.hash_of(name, prefix=plain), self.hash_of(name), name)

    def test_with_the_jit_off(self):
        for name in self.runs:
            self.assertEqual(self.hash_of(name, env={"MTHOST_JIT": "off"}), self.hash_of(name), name)

    def test_at_a_pace(self):
        # A paced market begins now; a recorded one begins when it was recorded.
        self.mthost("data", "gen", "--for", "10m", "--seed", "1", "--out", "market")
        words = ["run", program.SOURCE + "/scripts/scalp.lua", "--data", "market", "--json"]
        fast = self.mthost(*words, "--speed", "max").summary()
        paced = self.mthost(*words, "--speed", "300").summary()
        self.assertGreater(fast["fills"], 0)
        self.assertEqual(paced["result_hash"], fast["result_hash"])
        self.assertGreater(paced["elapsed_s"], 1.5)

    def test_backtest_of_recorded_bars(self):
        import math
        closes = [round(100 + 10 * math.sin(i / 9) + 3 * math.sin(i / 2.3), 2) for i in range(3000)]
        self.write("bars.csv", program.bars_csv(closes))
        words = ["backtest", program.SOURCE + "/bench/w1.lua", "--data", "bars.csv", "--symbols", "X", "--json", "--fee-bp", "2"]
        first = self.mthost(*words).summary()
        self.assertGreater(first["trades"], 10)
        for how in ({}, {"env": {"TZ": "America/Sao_Paulo", "LC_ALL": "C.UTF-8"}}, {"env": {"MTHOST_JIT": "off"}}):
            self.assertEqual(self.mthost(*words, **how).summary()["result_hash"], first["result_hash"], how)


if __name__ == "__main__":
    unittest.main()
