// Sorts, filters and switches the baseline of the report. Ratios are Hodges-Lehmann estimates with their interval, from
// the figures by round that the page holds, as `heaptrial compare --baseline` has them (results/stats.c).
'use strict';

const data = JSON.parse(document.getElementById('data').textContent);
const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

// ---- figures ---------------------------------------------------------------------------------------------

// As ht_text_ratio prints it after rounding to 12 digits: ties go to the even digit.
function ratioText(ratio) {
  const x = Number(ratio.toPrecision(12));
  const digits = x < 0.0995 ? 3 : x < 9.995 ? 2 : x < 99.95 ? 1 : 0;
  if (x >= 1e6) return x.toExponential(digits).replace(/e\+(\d)$/, 'e+0$1');
  const scaled = x * 10 ** digits;
  if (Number.isInteger(x * 16) && Math.abs(scaled % 1) === 0.5)
    return (2 * Math.round(scaled / 2) / 10 ** digits).toFixed(digits);
  return x.toFixed(digits);
}

// A figure is a whole number or a half in base 36, or decimal after a ~; 0: missing.
function figure(text) {
  if (text[0] === '~') return Number(text.slice(1));
  return text ? parseInt(text, 36) + (text.endsWith('.') ? 0.5 : 0) : 0;
}

// The figures of a cell by round, or null; read once.
function figuresOf(metric, strategy, job) {
  metric.read ??= [];
  metric.read[strategy] ??= metric.of[strategy].split(';').map((cell) => cell ? cell.split(',').map(figure) : null);
  return metric.read[strategy][job];
}
const hasFigures = (metric, strategy) => /[^;]/.test(metric.of[strategy]);

// How many averages of two values of sorted x are at most t.
function averagesUpTo(x, t) {
  let count = 0, end = x.length;
  for (let i = 0; i < x.length; i++) {
    while (end > i && (x[i] + x[end - 1]) / 2 > t) end--;
    if (end <= i) break;
    count += end - i;
  }
  return count;
}

// The k-th smallest of all averages of two values, k from 1.
function walshAverage(x, k) {
  if (x.length <= 40) {
    const averages = [];
    for (let i = 0; i < x.length; i++)
      for (let j = i; j < x.length; j++) averages.push((x[i] + x[j]) / 2);
    return averages.sort((a, b) => a - b)[k - 1];
  }
  let low = x[0], high = x[x.length - 1];
  for (;;) {
    const middle = low + (high - low) / 2;
    if (averagesUpTo(x, low) >= k) return low;
    if (middle <= low || middle >= high) return high;
    if (averagesUpTo(x, middle) >= k) high = middle; else low = middle;
  }
}

function hodgesLehmann(x) {
  const n = x.length, averages = n * (n + 1) / 2, k = data.rank[n];
  x.sort((a, b) => a - b);
  const middle = (walshAverage(x, Math.floor((averages + 1) / 2)) + walshAverage(x, Math.floor(averages / 2) + 1)) / 2;
  return [Math.exp(middle), Math.exp(walshAverage(x, k)), Math.exp(walshAverage(x, averages + 1 - k)), n];
}

// [ratio, low, high, pairs], or null.
function ratioOf(metric, strategy, base, job) {
  const a = figuresOf(metric, strategy, job), b = figuresOf(metric, base, job), x = [];
  if (!a || !b) return null;
  for (let r = 0; r < Math.min(a.length, b.length); r++) if (a[r] && b[r]) x.push(Math.log(a[r] / b[r]));
  return x.length ? hodgesLehmann(x) : null;
}

function meanOf(metric, strategy, base) {
  if (strategy === base) return null;
  const mean = strategy > base ? metric.mean[strategy][base] : metric.mean[base][strategy];
  return !mean ? null : strategy > base ? mean : [1 / mean[0], 1 / mean[2], 1 / mean[1], mean[3]];
}

// ---- cells -----------------------------------------------------------------------------------------------

const steps = [0.07, 0.25, 0.55, 1, 1.7];

function colourCell(td, ratio, margin) {
  const [e, low, high, n] = ratio, far = Math.log2(e);
  const open = n > 1 && low <= 1 && high >= 1 && !(low >= 1 / (1 + margin) && high <= 1 + margin);
  const step = steps.filter((from) => Math.abs(far) >= from).length;
  td.className = (far < 0 && step ? 'n' : 'p') + step + (open ? ' x' : '');
  td.replaceChildren(open ? '≈' : '', bold(ratioText(e)));
  if (n > 1) td.append(small(ratioText(low) + '–' + ratioText(high)));
}

function element(name, text) {
  const e = document.createElement(name);
  e.textContent = text;
  return e;
}
const bold = (text) => element('b', text), small = (text) => element('i', text);

function baseCell(td) {
  td.className = 'base';
  td.replaceChildren(bold('1'));
}

function turnHeat(table, part, base) {
  const metric = part.metrics[table.dataset.metric];
  const columns = all('thead th[data-s]', table).map((th) => Number(th.dataset.s.slice(1)));
  for (const tr of all('tbody tr', table)) {
    const job = Number(tr.dataset.j.slice(1)), margin = metric.margin[part.jobs[job][1] > 1 ? 1 : 0];
    let any = false;
    columns.forEach((strategy, i) => {
      const td = tr.cells[i + 1];
      if (!figuresOf(metric, strategy, job)) return; // how it ended stays
      const ratio = ratioOf(metric, strategy, base, job);
      any = any || ratio !== null;
      if (ratio && strategy === base) baseCell(td);
      else if (ratio) colourCell(td, ratio, margin);
      else { td.className = ''; td.replaceChildren(); }
    });
    tr.hidden = !any;
  }
  const foot = table.tFoot.rows[0];
  columns.forEach((strategy, i) => {
    const mean = meanOf(metric, strategy, base), td = foot.cells[i + 1];
    if (strategy === base) baseCell(td);
    else if (mean) colourCell(td, mean, metric.margin[0]);
    else { td.className = ''; td.replaceChildren(); }
  });
}

// The little drawings of the table at a glance: 180 wide, a margin of 8, as report_glance.c has them.
function moveForest(table, svg, mean) {
  const low = Number(table.dataset.low), high = Number(table.dataset.high);
  const at = (x) => 8 + 164 * Math.max(0, Math.min(1, Math.log(x / low) / Math.log(high / low)));
  const g = svg.querySelector('g');
  if (!g) return;
  g.classList.toggle('off', !mean);
  if (!mean) return;
  g.querySelector('circle').setAttribute('cx', at(mean[0]).toFixed(1));
  g.querySelector('path').setAttribute('d', `M${at(mean[1]).toFixed(1)} 9H${at(mean[2]).toFixed(1)}`);
}

function turnGlance(table, part, base) {
  for (const tr of all('tbody tr', table)) {
    const strategy = Number(tr.dataset.s.slice(1));
    for (const td of all('td[data-metric]', tr)) {
      const metric = part.metrics[td.dataset.metric];
      if (!metric) continue;
      const isBase = strategy === base, mean = isBase ? [1, 1, 1, 1] : meanOf(metric, strategy, base);
      const has = isBase ? hasFigures(metric, base) : mean;
      td.querySelector('b').textContent = !has ? '' : isBase ? '1' : ratioText(mean[0]);
      const interval = td.querySelector('i');
      if (interval) interval.textContent = has && mean[3] > 1 ? ratioText(mean[1]) + '–' + ratioText(mean[2]) : '';
      if (td.dataset.metric === 'time') moveForest(table, tr.querySelector('svg'), has && mean);
    }
  }
}

function markBase(part, base) {
  for (const e of all(`tr[data-s^="${part.id}"], th[data-s^="${part.id}"]`))
    e.classList.toggle('isbase', e.dataset.s === part.id + base);
  for (const section of all(`#${part.id} section`))
    for (const span of all('.baseline', section)) span.textContent = part.names[base];
}

function turn(part, base) {
  for (const table of all(`table.heat[data-part="${part.id}"]`)) turnHeat(table, part, base);
  for (const table of all(`table.glance[data-part="${part.id}"]`)) turnGlance(table, part, base);
  markBase(part, base);
  for (const note of all(`.fixed[data-part="${part.id}"]`)) note.hidden = base === part.base;
}

// ---- sorting ---------------------------------------------------------------------------------------------

const units = { ns: 1, 'µs': 1e3, ms: 1e6, s: 1e9 };

// What a cell sorts by; what has none comes last.
function valueOf(tr, column) {
  const cell = tr.cells[column];
  if (cell.dataset.v) return Number(cell.dataset.v);
  const text = (cell.querySelector('b') || cell).textContent.replace('≈', '');
  const match = /^([\d.e+]+)(?:\s*(ns|µs|ms|s))?/.exec(text);
  return match ? Number(match[1]) * (units[match[2]] || 1) : Infinity;
}

function sortBy(table, th) {
  const column = th.cellIndex, kind = th.dataset.sort;
  const down = th.getAttribute('aria-sort') ? th.getAttribute('aria-sort') === 'ascending' : kind === 'more';
  for (const other of all('th[aria-sort]', table)) other.removeAttribute('aria-sort');
  th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  const rows = all('tbody tr', table), sign = down ? -1 : 1;
  const compare = kind === 'name'
    ? (a, b) => sign * a.cells[column].textContent.localeCompare(b.cells[column].textContent)
    : (a, b) => {
      const x = valueOf(a, column), y = valueOf(b, column);
      return x === y ? 0 : x === Infinity ? 1 : y === Infinity ? -1 : sign * (x - y);
    };
  table.tBodies[0].append(...rows.sort(compare));
}

for (const th of all('th[data-sort]')) {
  const button = document.createElement('button'), words = th.querySelector('span') || th;
  button.type = 'button';
  button.append(...words.childNodes);
  words.append(button);
  button.addEventListener('click', () => sortBy(th.closest('table'), th));
}

// ---- filters ---------------------------------------------------------------------------------------------

const shown = { strategies: new Set(), workloads: new Set(), threads: 'all' };

function hideColumns(table) {
  const ths = all('thead th', table);
  ths.forEach((th, i) => {
    if (!th.dataset.s) return;
    const off = !shown.strategies.has(th.dataset.s);
    for (const tr of table.rows) if (tr.cells[i]) tr.cells[i].classList.toggle('off', off);
  });
}

function filter() {
  for (const e of all('.s[data-s], tr[data-s]')) e.classList.toggle('off', !shown.strategies.has(e.dataset.s));
  for (const table of all('table')) if (table.querySelector('thead th[data-s]')) hideColumns(table);
  for (const e of all('[data-j]')) {
    const part = data.parts.find((p) => p.id === e.dataset.j[0]), job = part.jobs[Number(e.dataset.j.slice(1))];
    const threads = shown.threads === 'all' || job[1] === Number(shown.threads) || e.closest('#a-threads, #c-threads');
    e.classList.toggle('off', !(shown.workloads.has(part.id + job[0]) && threads));
  }
}

// Check boxes for the members of a set, with a button for all and none.
function boxes(set, title, entries) {
  const details = document.createElement('details'), fieldset = document.createElement('fieldset');
  const summary = element('summary', ''), legend = document.createElement('legend');
  const inputs = entries.map(([value, text]) => {
    const label = document.createElement('label'), input = document.createElement('input');
    input.type = 'checkbox';
    input.checked = true;
    input.value = value;
    set.add(value);
    label.append(input, text);
    fieldset.append(label);
    return input;
  });
  const say = () => {
    summary.textContent = set.size === entries.length ? `${title}: all ${entries.length}` : `${title}: ${set.size} of ${entries.length}`;
  };
  const apply = () => {
    for (const input of inputs) if (input.checked) set.add(input.value); else set.delete(input.value);
    say();
    filter();
  };
  for (const [text, checked] of [['all', true], ['none', false]]) {
    const button = element('button', text);
    button.type = 'button';
    button.setAttribute('aria-label', `${text} ${title}`);
    button.addEventListener('click', () => { for (const input of inputs) input.checked = checked; apply(); });
    legend.append(button, ' ');
  }
  fieldset.prepend(legend);
  fieldset.addEventListener('change', apply);
  say();
  details.append(summary, fieldset);
  return details;
}

function choice(text, name, options, value, chosen) {
  const label = document.createElement('label'), select = document.createElement('select');
  select.name = name;
  for (const [v, words] of options) {
    const option = element('option', words);
    option.value = v;
    select.append(option);
  }
  select.value = value;
  select.addEventListener('change', () => chosen(select.value));
  label.append(text, select);
  return label;
}

// ---- the controls ----------------------------------------------------------------------------------------

const controls = document.getElementById('controls');
controls.setAttribute('role', 'group');
controls.setAttribute('aria-label', 'Baseline and filters');

function noteFixed(part) {
  for (const id of ['front', 'heaps']) {
    const section = document.getElementById(`${part.id}-${id}`);
    if (!section) continue;
    const note = element('p', `This chart keeps the baseline that the report was written with, ${part.names[part.base]}.`);
    note.className = 'fixed';
    note.dataset.part = part.id;
    note.hidden = true;
    section.querySelector('h3').after(note);
  }
}

for (const part of data.parts) {
  markBase(part, part.base);
  noteFixed(part);
  if (!part.metrics) {
    controls.append(element('span', `${part.name}: too many rows to switch the baseline here; write another report with --baseline`));
    continue;
  }
  const names = part.names.map((name, i) => [i, name])
    .filter(([i]) => Object.values(part.metrics).some((metric) => hasFigures(metric, i)));
  const text = data.parts.length > 1 ? `${part.name} relative to` : 'Relative to';
  controls.append(choice(text, `base-${part.id}`, names, part.base, (base) => turn(part, Number(base))));
}
controls.append(
  boxes(shown.strategies, 'strategies', data.parts.flatMap((p) => p.names.map((name, i) => [p.id + i, name]))),
  boxes(shown.workloads, 'workloads', data.parts.flatMap((p) => [...new Set(p.jobs.map((job) => job[0]))]
    .map((name) => [p.id + name, name]))));
const threads = [...new Set(data.parts.flatMap((p) => p.jobs.map((job) => job[1])))].sort((a, b) => a - b);
if (threads.length > 1)
  controls.append(choice('threads', 'threads', [['all', 'all'], ...threads.map((t) => [t, String(t)])], 'all',
    (value) => { shown.threads = value; filter(); }));
controls.hidden = false;
