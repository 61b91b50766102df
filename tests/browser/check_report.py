"""Opens a report as a reader would, and holds its tables against the figures of `heaptrial compare`.

Usage: check_report.py HEAPTRIAL RUN BASELINE SCREENSHOTS
"""
import csv
import io
import json
import os
import subprocess
import sys

from chromium import Browser

failures = []


def check(good, what):
    if not good:
        failures.append(what)
        print("failed:", what)


def ratio_text(word):
    """As the table of the command has it."""
    x = float(f"{float(word):.12g}")
    digits = 3 if x < 0.0995 else 2 if x < 9.995 else 1 if x < 99.95 else 0
    return f"{x:.{digits}f}" if x < 1e6 else f"{x:.{digits}e}"


def expected(heaptrial, run, baseline):
    """The text of every cell by (metric, strategy, job), job None for the mean, from `heaptrial compare`."""
    out = subprocess.run([heaptrial, "compare", run, "--baseline", baseline, "--csv"], check=True, capture_output=True, text=True)
    cells = {}
    for line in csv.DictReader(io.StringIO(out.stdout)):
        if line["kind"] not in ("cell", "mean") or not line["ratio"]:
            continue
        text = ratio_text(line["ratio"])
        if int(line["pairs"] or line["mean_rounds"]) > 1:
            text += f"{ratio_text(line['low'])}–{ratio_text(line['high'])}"
        job = None if line["kind"] == "mean" else (line["workload"], int(line["threads"] or 0), line["heap"], line["params"])
        cells[line["metric"], line["strategy"], job] = text
    return cells


# Every cell that is shown in the heat maps: [metric, strategy, job, text, class]; job null for the mean.
READ_HEAT = """
(() => {
  const cells = [];
  for (const table of document.querySelectorAll('table.heat')) {
    const part = data.parts.find(p => p.id === table.dataset.part);
    const names = [...table.querySelectorAll('thead th[data-s]')].map(th => part.names[Number(th.dataset.s.slice(1))]);
    for (const tr of table.querySelectorAll('tbody tr:not([hidden]), tfoot tr')) {
      const job = tr.dataset.j ? part.jobs[Number(tr.dataset.j.slice(1))] : null;
      names.forEach((name, i) => {
        const td = tr.cells[i + 1];
        if (td.querySelector('b')) cells.push([table.dataset.metric, name, job, td.textContent.replace('≈', ''), td.className]);
      });
    }
  }
  return cells;
})()
"""

READ_GLANCE = """
[...document.querySelectorAll('#a table.glance tbody tr')].map(tr => [data.parts[0].names[Number(tr.dataset.s.slice(1))],
  ...['time', 'memory'].map(metric => tr.querySelector(`td[data-metric=${metric}]`).textContent.replace(' ', ''))])
"""


def hold_tables(page, cells, baseline):
    shown = page.run(READ_HEAT)
    found = 0
    for metric, strategy, job, text, kind in shown:
        if kind == "base":
            check(text == "1" and (metric, strategy, None) not in cells, f"{metric} of {strategy}, which is no baseline, is {text}")
            continue
        key = (metric, strategy, tuple(job) if job else None)
        check(cells.get(key) == text, f"{key}: the page says {text}, compare {cells.get(key)}")
        found += 1
    wanted = sum(metric in ("time", "memory", "p999", "instructions") for metric, _, _ in cells)
    check(found == wanted, f"relative to {baseline}: {found} cells on the page, {wanted} in compare")
    for strategy, *texts in page.run(READ_GLANCE):
        for metric, text in zip(("time", "memory"), texts):
            if strategy != baseline:
                want = cells.get((metric, strategy, None), "")
                check(text == want, f"at a glance, {metric} of {strategy}: {text}, not {want}")


def choose(page, selector, value):
    page.run(f"(() => {{ const s = document.querySelector({json.dumps(selector)}); s.value = {json.dumps(value)};"
             "s.dispatchEvent(new Event('change', {bubbles: true})); })()")


def hold_switch(page, heaptrial, run, first, second):
    names = page.run("data.parts[0].names")
    before = page.run(READ_HEAT)
    hold_tables(page, expected(heaptrial, run, first), first)
    choose(page, "#controls select[name^=base]", str(names.index(second)))
    hold_tables(page, expected(heaptrial, run, second), second)
    check(page.run("document.querySelector('#a-time .baseline').textContent") == second, "the caption keeps the old baseline")
    check(page.run("!document.querySelector('#a-front .fixed').hidden"), "nothing says that a chart keeps its baseline")
    choose(page, "#controls select[name^=base]", str(names.index(first)))
    after = page.run(READ_HEAT)
    check(before == after, "back at the first baseline the page is not what it was")


def count_shown(page, selector):
    return page.run(f"[...document.querySelectorAll({json.dumps(selector)})].filter(e => e.getClientRects().length).length")


def hold_filter(page):
    curves, columns = count_shown(page, "#a-latency .s"), count_shown(page, "#a-time thead th")
    box = "#controls details:nth-of-type(1) input"
    page.run(f"document.querySelectorAll('#controls details').forEach(d => d.open = true)")
    page.run(f"document.querySelector({json.dumps(box)}).click()")
    check(count_shown(page, "#a-latency .s") < curves, "a strategy that was left out keeps its curves")
    check(count_shown(page, "#a-time thead th") == columns - 1, "a strategy that was left out keeps its column")
    check(count_shown(page, "#a-time tbody tr:first-child td") == columns - 2, "a strategy that was left out keeps its cells")
    page.run(f"document.querySelector({json.dumps(box)}).click()")
    check(count_shown(page, "#a-latency .s") == curves, "a strategy that is back has not its curves")
    rows = count_shown(page, "#a-time tbody tr")
    choose(page, "#controls select[name=threads]", "2")
    check(0 < count_shown(page, "#a-time tbody tr") < rows, "threads are not filtered")
    choose(page, "#controls select[name=threads]", "all")
    page.run("document.querySelector('[aria-label=\"none workloads\"]').click()")
    check(count_shown(page, "#a-time tbody tr") == 0, "workloads are not filtered")
    page.run("document.querySelector('[aria-label=\"all workloads\"]').click()")
    check(count_shown(page, "#a-time tbody tr") == rows, "workloads are not back")
    page.run("document.querySelectorAll('#controls details').forEach(d => d.open = false)")


def hold_sort(page):
    for direction, sign in (("descending", -1), ("ascending", 1)):
        page.run("document.querySelector('#a table.glance thead th:nth-child(3) button').click()")
        order = page.run("document.querySelector('#a table.glance thead th:nth-child(3)').getAttribute('aria-sort')")
        values = page.run("[...document.querySelectorAll('#a table.glance tbody tr')].map(tr => tr.cells[2].querySelector('b').textContent)")
        values = [float(v) for v in values if v]
        first = direction if direction == order else order
        ordered = sorted(values, reverse=first == "descending")
        check(values == ordered, f"sorted {first}, but {values}")
    check(page.run("document.querySelectorAll('#a table.glance th[aria-sort]').length") == 1, "two columns say that they sort")


def hold_keyboard(page):
    page.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    page.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
    page.call("Input.dispatchKeyEvent", type="keyUp", key="Tab", code="Tab", windowsVirtualKeyCode=9)
    check(page.run("document.activeElement.className") == "skip", "the first thing to reach by key is no skip link")
    check(page.run("getComputedStyle(document.activeElement).outlineStyle") != "none", "the focus can't be seen")


def hold_structure(page):
    check(page.run("[...document.querySelectorAll('table')].every(t => t.caption && [...t.querySelectorAll('th')].every(th => th.scope))"),
          "a table without a caption, or a head without a scope")
    check(page.run("[...document.querySelectorAll('svg')].every(s => s.getAttribute('aria-label') || s.getAttribute('aria-hidden'))"),
          "a drawing without words")
    levels = page.run("[...document.querySelectorAll('h1,h2,h3')].map(h => Number(h.tagName[1]))")
    check(levels[0] == 1 and levels.count(1) == 1 and all(b - a < 2 for a, b in zip(levels, levels[1:])), f"headings jump: {levels}")
    ids = page.run("[...document.querySelectorAll('[id]')].map(e => e.id)")
    check(len(ids) == len(set(ids)), "an id twice")
    lost = page.run("[...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.getElementById(a.hash.slice(1))).map(a => a.hash)")
    check(not lost, f"links that lead nowhere: {lost}")


def hold_width(page, width, name, folder):
    page.resize(width, 900)
    check(page.run("document.documentElement.scrollWidth") <= width, f"{width} px: the page scrolls sideways")
    page.screenshot(os.path.join(folder, f"report-{name}.png"))


def main(heaptrial, run, baseline, folder):
    os.makedirs(folder, exist_ok=True)
    html = os.path.join(run, "report.html")
    for dark in (False, True):
        with Browser(1280, 900, dark) as page:
            seconds = page.open(html)
            check(page.run("getComputedStyle(document.body).maxWidth") == "1248px", "the style was not applied")
            check(page.run("!document.getElementById('controls').hidden"), "the script did not run")
            if not dark:
                print(f"laid out after {seconds:.2f} s")
                hold_structure(page)
                hold_keyboard(page)
                hold_switch(page, heaptrial, run, "system", baseline)
                hold_filter(page)
                hold_sort(page)
            for width in (1280, 400):
                hold_width(page, width, f"{width}-{'dark' if dark else 'light'}", folder)
            check(not page.complaints(), f"the console says {page.complaints()}")
            check(not page.requests(), f"it asks for {page.requests()}")
    print("screenshots:", folder)
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
