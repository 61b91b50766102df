"""Holds a timeline against the Trace Event Format of the Chromium project, as far as heaptrial writes it: the JSON object
form, complete events (X) in microseconds, metadata (M). Prints, for each process, its name, its threads, how many events
and the longest in ns; exits 1 with one line when an entry is not as the format says, or a viewer would show it wrong."""
import json
import math
import sys

METADATA = {"process_name": "name", "process_sort_index": "sort_index", "thread_name": "name"}


def wrong(what, event=None):
    sys.exit(what + (": %r" % event if event is not None else ""))


def refuse(constant):
    wrong("not JSON: " + constant)


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def time(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def word(value):
    return isinstance(value, str) and value != ""


def read(path):
    with open(path, encoding="utf-8") as file:
        trace = json.load(file, parse_constant=refuse)
    if not isinstance(trace, dict) or not isinstance(trace.get("traceEvents"), list):
        wrong("no object with traceEvents")
    if set(trace) - {"traceEvents", "displayTimeUnit", "otherData"}:
        wrong("keys that the format does not know: %s" % sorted(trace))
    if trace.get("displayTimeUnit") not in ("ms", "ns") or not isinstance(trace.get("otherData"), dict):
        wrong("displayTimeUnit is ms or ns, otherData an object")
    return trace["traceEvents"]


def take_metadata(event, names):
    key = METADATA.get(event["name"])
    of_thread = event["name"] == "thread_name"
    if key is None or not isinstance(event.get("args"), dict) or set(event["args"]) != {key}:
        wrong("metadata that is none", event)
    if set(event) - {"ph", "name", "pid", "tid", "args"} or whole(event.get("tid")) != of_thread:
        wrong("metadata with other keys", event)
    value = event["args"][key]
    if not (word(value) if key == "name" else whole(value)):
        wrong("metadata with a bad value", event)
    place = (event["name"], event["pid"], event.get("tid"))
    if place in names:
        wrong("named twice", event)
    names[place] = value


def take_complete(event, threads):
    if set(event) != {"ph", "name", "cat", "ts", "dur", "pid", "tid", "args"}:
        wrong("a complete event with other keys", event)
    if not (time(event["ts"]) and time(event["dur"]) and whole(event["tid"]) and word(event["cat"])):
        wrong("a complete event with a bad value", event)
    if not isinstance(event["args"], dict):
        wrong("args is no object", event)
    threads.setdefault((event["pid"], event["tid"]), []).append(event)


def check_nesting(events):
    """Viewers stack what lies within another event; what only overlaps it they drop, or draw wrong."""
    open_until = []
    for event in sorted(events, key=lambda e: (e["ts"], -e["dur"])):
        start, end = round(event["ts"] * 1000), round((event["ts"] + event["dur"]) * 1000)
        while open_until and open_until[-1] <= start:
            open_until.pop()
        if open_until and end > open_until[-1]:
            wrong("overlaps another event of its thread", event)
        open_until.append(end)


def main():
    names, threads = {}, {}
    for event in read(sys.argv[1]):
        if not isinstance(event, dict) or not word(event.get("name")) or not whole(event.get("pid")):
            wrong("an event has a name and a pid", event)
        if event.get("ph") == "M":
            take_metadata(event, names)
        elif event.get("ph") == "X":
            take_complete(event, threads)
        else:
            wrong("a phase that heaptrial does not write", event)
    for place in threads:
        if ("thread_name",) + place not in names or ("process_name", place[0], None) not in names:
            wrong("a thread, or its process, has no name: %r" % (place,))
        check_nesting(threads[place])
    for name in names:
        if name[0] == "process_name" and not any(pid == name[1] for pid, _ in threads):
            wrong("a process without events: %s" % names[name])
    for pid in sorted({pid for pid, _ in threads}):
        of_pid = [e for place in threads if place[0] == pid for e in threads[place]]
        print("%s\t%s\t%d\t%d" % (names["process_name", pid, None],
                                  ",".join(names[n] for n in sorted(n for n in names if n[0] == "thread_name" and n[1] == pid)),
                                  len(of_pid), max(round(e["dur"] * 1000) for e in of_pid)))


main()
