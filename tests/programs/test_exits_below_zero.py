"""The scenes of test_exits with every price 100 and 150 lower, of an instrument that is negative: they cross zero, and lie
below it. A trade pays the difference of two prices, so that not a cent may change."""
import unittest

import test_exits


class Lower:
    instrument = test_exits.Exits.instrument + ",negative=true"
    by = 100

    def setUp(self):
        super().setUp()
        test_exits.lower = self.by

    def tearDown(self):
        test_exits.lower = 0
        super().tearDown()


class InsideABar(Lower, test_exits.InsideABar):
    pass


class InsideABarBelow(Lower, test_exits.InsideABar):
    by = 150


class AgainstOlderPrices(Lower, test_exits.AgainstOlderPrices):
    pass


class TheRestOfAnEntry(Lower, test_exits.TheRestOfAnEntry):
    pass


class HowLongAnOrderLives(Lower, test_exits.HowLongAnOrderLives):
    pass


if __name__ == "__main__":
    unittest.main()
