#!/usr/bin/python3
"""Scenarios that were calibrated on part of a measurement predict the rest of it.

    calibration_test.py COMMAND SOURCE DATA [CLASS[.TEST]...]

Exit code 77 where every test was skipped, which CTest shows as such.
"""

import pathlib
import sys
import unittest

import calibrate
import figures

COMMAND, SOURCE, DATA = "", pathlib.Path(), pathlib.Path()


class FigureTest(unittest.TestCase):
    """The arithmetic, by hand."""

    def test_quantiles_are_values_of_the_sample(self):
        values = [5, 1, 4, 2, 3]
        self.assertEqual([figures.quantile(values, q) for q in (0.2, 0.5, 0.61, 0.99)],
                         [1, 3, 4, 5])

    def test_prometheus_interpolates_within_a_bucket(self):
        values = [0.5] * 50 + [3.0] * 50  # in (0, 1] and (2, 4]
        edges = [1, 2, 4]
        self.assertAlmostEqual(figures.quantile_of_buckets(values, edges, 0.25), 0.5)
        self.assertAlmostEqual(figures.quantile_of_buckets(values, edges, 0.75), 3.0)
        self.assertAlmostEqual(figures.quantile_of_buckets(values, edges, 0.99), 3.96)

    def test_what_lies_beyond_the_last_bucket_counts_as_its_edge(self):
        self.assertEqual(figures.quantile_of_buckets([9, 9], [1, 2], 1), 2)

    def test_a_histogram_is_even_within_a_bin(self):
        histogram = figures.Histogram([[1.0, 1], [2.0, 3]])
        self.assertEqual([histogram.share_up_to(v) for v in (0.5, 1.0, 1.5, 3.0)],
                         [0.125, 0.25, 0.625, 1.0])

    def test_bins_without_values_are_left_out(self):
        histogram = figures.Histogram([[8.0, 1], [16.0, 1]], widest=0.25)
        self.assertEqual([histogram.share_up_to(v) for v in (6.0, 7.0, 8.0, 12.0, 14.0)],
                         [0.0, 0.25, 0.5, 0.5, 0.75])

    def test_a_line_through_points_on_it(self):
        base, slope = figures.line([1, 2, 4], [5, 7, 11])
        self.assertAlmostEqual(base, 3)
        self.assertAlmostEqual(slope, 2)

    def test_the_bootstrap_resamples_whole_groups(self):
        low, high = figures.bootstrap([[1, 1], [3, 3]], figures.mean)
        self.assertEqual((low, high), (1, 3))

    def test_verdicts(self):
        row = figures.Row("x", "s", 1.0, 1.2, 0.15, low=0.8, high=1.25)
        self.assertEqual(row.verdict, "within noise")
        self.assertAlmostEqual(row.error, 0.2)
        self.assertEqual(figures.Row("x", "s", 1.0, 1.14, 0.15).verdict, "meets")
        self.assertEqual(figures.Row("x", "s", 1.0, 0.8, 0.15, 0.9, 1.1).verdict, "misses")


class StudyCase(unittest.TestCase):
    """Needs the measurements."""

    def study(self, name):
        for folder in calibrate.STUDIES[name].FOLDERS:
            if not (DATA / folder).is_dir():
                self.skipTest(f"no measurements in {DATA / folder}")
        return calibrate.Calibration(name, DATA, calibrate.read_fitted().get(name))

    def published(self, one):
        return (SOURCE / one.module.FILE).read_text(encoding="utf-8")

    def predicts(self, name):
        """Every figure meets its target within the noise of its measurement, or is known not to;
        and the page says so."""
        one = self.study(name)
        tables, gaps = one.tables(COMMAND), one.module.GAPS
        page = (SOURCE / calibrate.PAGE).read_text(encoding="utf-8")
        self.assertEqual(calibrate.section(name).search(page)[2].strip(),
                         calibrate.text_of(tables, gaps).strip(),
                         "calibrate.py --fit writes it anew")
        rows = {row.name: row for _, rows in tables for row in rows}
        missed = {row.name for row in rows.values() if row.verdict == "misses"}
        self.assertEqual(missed, set(gaps))


class ScenarioTest(StudyCase):
    """What is published is what the measurements say."""

    def test_online_boutique(self):
        one = self.study("online-boutique")
        self.assertEqual(one.scenario(), self.published(one))

    def test_train_ticket(self):
        one = self.study("train-ticket")
        self.assertEqual(one.scenario(), self.published(one))

    def test_replicas(self):
        one = self.study("replicas")
        self.assertEqual(one.scenario(), self.published(one))

    def test_readiness(self):
        one = self.study("readiness")
        self.assertEqual(one.scenario(), self.published(one))


class OnlineBoutiqueTest(StudyCase):
    def test_predicts_the_pages_in_between_and_the_day_before(self):
        self.predicts("online-boutique")


class TrainTicketTest(StudyCase):
    def test_predicts_requests_in_between_quiet_minutes_and_faults(self):
        self.predicts("train-ticket")


class ReplicasTest(StudyCase):
    def test_predicts_two_and_three_replicas(self):
        self.predicts("replicas")


class ReadinessTest(StudyCase):
    def test_predicts_more_pods_and_a_pulled_image(self):
        self.predicts("readiness")


class TrafficTest(StudyCase):
    def test_fitted_traffic_is_like_its_trace(self):
        self.predicts("traffic")


def main():
    global COMMAND, SOURCE, DATA
    COMMAND = pathlib.Path(sys.argv[1]).resolve()
    SOURCE, DATA = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    tests = unittest.defaultTestLoader.loadTestsFromNames(
        sys.argv[4:] or ["__main__"], sys.modules[__name__] if sys.argv[4:] else None)
    result = unittest.TextTestRunner(verbosity=2).run(tests)
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    return 77 if len(result.skipped) == result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
