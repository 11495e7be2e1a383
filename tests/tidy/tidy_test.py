#!/usr/bin/python3
"""Every rule of tidy.py fires on a bad sample and leaves its good twin alone."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import tidy  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
RANKS = tidy.read_ranks((ROOT / "cmake/ranks.txt").read_text(encoding="utf-8"))
TAB = "\t"


def rules(path, text, header_text=""):
    return [f.rule for f in tidy.check_file(path, text, RANKS, header_text)]


class Ranks(unittest.TestCase):
    def test_table_is_the_one_of_the_design(self):
        self.assertEqual(RANKS["base"][0], 0)
        self.assertEqual({f for f, (r, _) in RANKS.items() if r == 1},
                         {"sim", "policies", "reports", "scenarios/spec"})
        self.assertEqual(RANKS["live"], (2, {"sim"}))

    def test_lower_rank_and_own_folder_pass(self):
        self.assertEqual(rules("sim/a.cpp", '#include "sim/a.hpp"\n#include "base/time.hpp"\n'), [])

    def test_equal_rank_is_refused(self):
        self.assertEqual(rules("sim/a.cpp", '#include "policies/b.hpp"\n'), ["ranks"])

    def test_higher_rank_is_refused(self):
        self.assertEqual(rules("base/a.cpp", '#include "cli/b.hpp"\n'), ["ranks"])
        self.assertEqual(rules("scenarios/spec/a.cpp", '#include "models/b.hpp"\n'), ["ranks"])

    def test_lower_rank_that_is_excepted_is_refused(self):
        self.assertEqual(rules("live/a.cpp", '#include "sim/b.hpp"\n'), ["ranks"])

    def test_include_beside_the_file_is_refused(self):
        self.assertEqual(rules("sim/a.cpp", '#include "a.hpp"\n'), ["ranks"])

    def test_tests_may_include_anything(self):
        self.assertEqual(rules("tests/unit/a_test.cpp", '#include "cli/b.hpp"\n'), [])


class Determinism(unittest.TestCase):
    BAD = {
        "clock": ["auto t = std::chrono::steady_clock::now();", "gettimeofday(&tv, nullptr);",
                  "auto t = time(nullptr);"],
        "random": ["std::random_device d;", "std::mt19937_64 g;", "int i = rand();",
                   "int i = std::rand();"],
        "distribution": ["std::exponential_distribution<double> d;"],
        "environment": ['auto* home = std::getenv("HOME");'],
        "thread": ["std::jthread t;", "auto f = std::async(g);", "std::mutex m;"],
        "pointer-order": ["std::map<Node*, int> m;", "std::set<const sim::Node*> s;"],
    }

    def test_bad_names_are_found_in_every_deterministic_folder(self):
        for rule, samples in self.BAD.items():
            for sample in samples:
                for folder in tidy.DETERMINISTIC:
                    with self.subTest(sample=sample, folder=folder):
                        self.assertEqual(rules(folder + "/a.cpp", sample + "\n"), [rule])

    def test_the_outside_may_use_them(self):
        for samples in self.BAD.values():
            for sample in samples:
                self.assertEqual(rules("experiments/a.cpp", sample + "\n"), [])

    def test_comments_and_strings_are_not_code(self):
        self.assertEqual(rules("sim/a.cpp", "// unlike rand(), this repeats\n"), [])
        self.assertEqual(rules("sim/a.cpp", "/* std::thread\n std::thread */\n"), [])
        self.assertEqual(rules("sim/a.cpp", 'auto s = "steady_clock::now";\n'), [])
        self.assertEqual(rules("sim/a.cpp", 'auto s = R"(std::thread)";\n'), [])

    def test_code_after_a_comment_or_digit_separator_is_code(self):
        self.assertEqual(rules("sim/a.cpp", "int n = 1'000; /* a */ int i = rand();\n"), ["random"])

    def test_similar_names_pass(self):
        for good in ("double mean_time(int n);", "stream.rand(3);", "Instant time(0);",
                     "operand(1);", "const auto x = events.time(0);", "std::map<int, Node*> m;",
                     "std::atomic<bool> stop;"):
            self.assertEqual(rules("sim/a.cpp", good + "\n"), [], good)

    def test_excuse_needs_the_rule_and_a_reason(self):
        bad = "std::mutex m;"
        self.assertEqual(rules("base/a.cpp", bad + "  // tidy: allow(thread) guards a log\n"), [])
        self.assertEqual(rules("base/a.cpp", "// tidy: allow(thread) a log\n" + bad + "\n"), [])
        self.assertEqual(rules("base/a.cpp", bad + "  // tidy: allow(thread)\n"), ["thread"])
        self.assertEqual(rules("base/a.cpp", bad + "  // tidy: allow(clock) why\n"), ["thread"])

    def test_unordered_iteration_is_found(self):
        declared = "std::unordered_map<int, std::vector<int>> by_id_;\n"
        for loop in ("for (const auto& [id, n] : by_id_) f(id);\n",
                     "for (auto& e : self.by_id_) f(e);\n",
                     "for (auto& e :\n     this->by_id_) f(e);\n",
                     "for (auto i = by_id_.begin(); i != e; ++i) f(*i);\n"):
            with self.subTest(loop=loop):
                self.assertEqual(rules("models/a.cpp", declared + loop), ["unordered"])
                self.assertEqual(rules("models/a.cpp", loop, declared), ["unordered"])
                self.assertEqual(rules("cli/a.cpp", declared + loop), [])

    def test_unordered_lookup_passes(self):
        self.assertEqual(rules("models/a.cpp", "std::unordered_set<int> s;\nbool b = s.count(1);\n"
                               "for (int i : list) f(i);\n"), [])


class Shape(unittest.TestCase):
    def test_header_needs_pragma_once_first(self):
        self.assertEqual(rules("base/a.hpp", "int f();\n"), ["pragma-once"])
        self.assertEqual(rules("base/a.hpp", "#pragma once\nint f();\n"), [])

    def test_tabs_blanks_width_and_last_newline(self):
        self.assertEqual(rules("base/a.cpp", TAB + "int i;\n"), ["tab"])
        self.assertEqual(rules("base/a.cpp", "int i; \n"), ["blanks"])
        self.assertEqual(rules("base/a.cpp", "// " + "x" * 97 + "\n"), [])
        self.assertEqual(rules("base/a.cpp", "// " + "x" * 98 + "\n"), ["width"])
        self.assertEqual(rules("base/a.cpp", "int i;"), ["newline"])

    def test_long_functions(self):
        def function(lines):
            return "int f(int a,\n      int b) {\n" + "  g();\n" * (lines - 3) + "}\n"
        self.assertEqual(rules("base/a.cpp", function(70)), [])
        self.assertEqual(rules("base/a.cpp", function(71)), ["length"])
        self.assertEqual(rules("base/a.cpp", "int f(int a,\n      int b);\nint i{3};\n" +
                               function(70)), [])
        self.assertEqual(rules("base/a.cpp", "const int k[] = {\n" + "    1,\n" * 90 + "};\n"),
                         [])
        self.assertEqual(rules("base/a.cpp", "namespace a {\n" + function(60) + function(71) +
                               "}  // namespace a\n"), ["length"])

    def test_unfinished_work(self):
        for word in ("TO" + "DO", "FIX" + "ME"):
            self.assertEqual(rules("base/a.cpp", f"// {word}: later\n"), ["unfinished"])


class Links(unittest.TestCase):
    def found(self, path, text):
        return [f.message for f in tidy.check_links(path, text, {"README.md", "docs/a.md"}.__contains__)]

    def test_a_link_is_read_from_its_document(self):
        self.assertEqual(self.found("docs/b.md", "[x](a.md#part) [y](../README.md)\n"), [])
        self.assertEqual(self.found("README.md", "[x](docs/a.md) [y](https://example.org)\n"), [])
        self.assertEqual(self.found("README.md", "[x](a.md)\n"), ["leads to no file: a.md"])


class Hands(unittest.TestCase):
    SAFE = {"live/watch.cpp": '#include "live/loop.hpp"\n', "live/loop.hpp": "", "live/loop.cpp": "",
            "live/act.hpp": ""}

    def found(self, changed):
        return [f.message for f in tidy.check_hands({**self.SAFE, **changed}, ("live/watch.cpp",),
                                                    ("live/act.hpp",))]

    def test_a_watcher_that_reaches_no_hand_passes(self):
        self.assertEqual(self.found({}), [])

    def test_a_chain_of_includes_to_a_hand_is_found(self):
        include = '#include "live/act.hpp"\n'
        reached = "a dry run must not reach what acts: live/act.hpp <- "
        self.assertEqual(self.found({"live/watch.cpp": include}), [reached + "live/watch.cpp"])
        self.assertEqual(self.found({"live/loop.cpp": include}),
                         [reached + "live/loop.cpp <- live/loop.hpp <- live/watch.cpp"])

    def test_a_name_that_is_gone_is_found(self):
        safe = dict(self.SAFE)
        del safe["live/act.hpp"]
        self.assertEqual(len(list(tidy.check_hands(safe, ("live/watch.cpp",), ("live/act.hpp",)))), 1)


class Tree(unittest.TestCase):
    def test_an_empty_tree_is_a_finding(self):
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "cmake").mkdir()
            (root / "cmake/ranks.txt").write_text("base 0\n", encoding="utf-8")
            self.assertEqual([f.rule for f in tidy.check_tree(root)], ["tree"])
            (root / "base").mkdir()
            (root / "base/a.cpp").write_text("int i = rand();\n", encoding="utf-8")
            found = list(tidy.check_tree(root))
            self.assertEqual([str(f).split(" `")[0] for f in found], ["base/a.cpp:1: [random]"])


if __name__ == "__main__":
    unittest.main()
