"""Does with a JSON file what Google Benchmark's compare.py does: `filters FILE BASELINE CONTENDER`. Prints, for
each name that both filters leave, how many repetitions stand on each side and the p of the U test (where scipy
is here); exits 1 when an entry lacks what compare.py takes for granted, or a number is NaN."""
import json
import re
import sys


def refuse(constant):
    sys.exit("not JSON: " + constant)


def read(path):
    with open(path) as file:
        entries = json.load(file, parse_constant=refuse)["benchmarks"]
    for entry in entries:
        for key in "name", "run_name", "run_type", "real_time", "cpu_time", "time_unit", "iterations", "repetition_index":
            if key not in entry:
                sys.exit("%s has no %s" % (entry.get("name"), key))
        if entry["time_unit"] != "ns" or entry["run_type"] != "iteration" or not entry["real_time"] > 0:
            sys.exit("bad entry: %r" % entry)
    return entries


def side(entries, pattern):
    names = {}
    for entry in entries:
        if re.search(pattern, entry["run_name"]):
            names.setdefault(re.sub(pattern, "", entry["name"]), []).append(entry)
    return names


def p_of(a, b):
    try:
        from scipy.stats import mannwhitneyu
    except ImportError:
        return "-"
    times = [[entry["real_time"] for entry in entries] for entries in (a, b)]
    return "%.6f" % mannwhitneyu(times[0], times[1], alternative="two-sided").pvalue


entries = read(sys.argv[1])
baseline, contender = side(entries, sys.argv[2]), side(entries, sys.argv[3])
for name in baseline:
    if name in contender:
        a, b = baseline[name], contender[name]
        if len({entry["repetition_index"] for entry in a}) != len(a):
            sys.exit("%s: a repetition stands there twice" % name)
        print(name, len(a), len(b), p_of(a, b))
