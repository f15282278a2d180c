import { drawChart, escapeXml } from './chart.ts';
import type { Block, Cell, ReviewDocument, Section } from './document.ts';

/** One file that needs no other and no network; follows the reader's light or dark, prints light. */
export function pageOf({ title, facts, partial, sections }: ReviewDocument): string {
  const rows = facts.map(
    ([name, value]) => `<dt>${escapeXml(name)}</dt><dd>${escapeXml(value)}</dd>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeXml(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>${STYLE}</style></head><body><main>
<h1>${escapeXml(title)}</h1>
<dl>${rows.join('')}</dl>
${partial ? `<p class="partial">Partial: ${escapeXml(partial)}.</p>` : ''}
${sections.map(sectionHtml).join('\n')}
</main></body></html>
`;
}

function sectionHtml({ title, blocks }: Section): string {
  return `<section><h2>${escapeXml(title)}</h2>\n${blocks.map(blockHtml).join('\n')}</section>`;
}

function blockHtml(block: Block): string {
  if (block.kind === 'text') return `<p>${wordsHtml(block.text)}</p>`;
  if (block.kind === 'chart') return `<figure>${drawChart(block.chart)}</figure>`;
  if (block.kind === 'code') return `<pre tabindex="0">${diffHtml(block.text)}</pre>`;
  if (block.kind === 'list') {
    return `<ul>${block.items.map((item) => `<li>${wordsHtml(item)}</li>`).join('')}</ul>`;
  }
  const head = block.head.map((name) => `<th scope="col">${escapeXml(name)}</th>`).join('');
  const rows = block.rows.map((row) => `<tr>${row.map(cellHtml).join('')}</tr>`).join('\n');
  return (
    `<div class="scroll" ` +
    `tabindex="0"><table><thead><tr>${head}</tr></thead>\n<tbody>${rows}</tbody></table></div>`
  );
}

function cellHtml(cell: Cell): string {
  if (typeof cell === 'string') {
    const number = /^[-+\d.,]+( (ms|MB|%|s|min|h)| to [\d.]+)?$/.test(cell)
      ? ' class="number"'
      : '';
    return `<td${number}>${escapeXml(cell)}</td>`;
  }
  return `<td class="${cell.tone}-text">${escapeXml(cell.text)}</td>`;
}

/** With what stands in backticks as code. */
function wordsHtml(words: string): string {
  return escapeXml(words).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function diffHtml(patch: string): string {
  const line = (words: string) => {
    const isHead = /^(---|\+\+\+|@@)/.test(words);
    const tone = isHead ? 'dim' : words.startsWith('+') ? 'added' : 'removed';
    return `<span class="${tone}">${escapeXml(words)}</span>`;
  };
  return patch.trimEnd().split('\n').map(line).join('\n');
}

const STYLE = `
:root { --ink: #1b1f24; --dim: #5c6570; --paper: #fff; --line: #d9dee4; --soft: #f4f6f8;
  --s1: #2563a8; --s2: #b4571a; --s3: #6a4fa3; --good: #2f7d4f; --warn: #b58100; --warn-ink: #8a5f00;
  --bad: #b3261e; --none: #e6e9ed }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e7ec; --dim: #9aa5b1; --paper: #14181d;
  --line: #323a43; --soft: #1d232a; --s1: #6ea8ea; --s2: #e9985a; --s3: #b39ae6; --good: #4fae78;
  --warn: #d6a52c; --warn-ink: #d6a52c; --bad: #ee7268; --none: #2a313a } }
@media print { :root { --ink: #000; --dim: #444; --paper: #fff; --line: #bbb; --soft: #f4f4f4;
  --s1: #2563a8; --s2: #b4571a; --s3: #6a4fa3; --good: #2f7d4f; --warn: #b58100; --warn-ink: #8a5f00;
  --bad: #b3261e; --none: #e6e9ed; color-scheme: light }
  section, figure, tr, pre { break-inside: avoid } h2 { break-after: avoid }
  svg rect { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  body { font-size: 10.5pt } main { max-width: none; padding: 0 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif }
main { max-width: 54rem; margin: 0 auto; padding: 2rem 1.2rem 4rem }
h1 { font-size: 1.65rem; line-height: 1.25; margin: 0 0 1rem }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; padding-bottom: .25rem;
  border-bottom: 1px solid var(--line) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0 }
dt { color: var(--dim) } dd { margin: 0 }
.partial { border-left: 4px solid var(--warn); background: var(--soft); padding: .5rem .8rem }
.scroll { overflow-x: auto; margin: .8rem 0 }
table { border-collapse: collapse; width: 100%; font-size: .93em }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid var(--line) }
th { color: var(--dim); font-weight: 600; white-space: nowrap }
code { font: .92em ui-monospace, monospace; background: var(--soft); padding: 0 .25em }
.number { font-variant-numeric: tabular-nums; white-space: nowrap }
.good-text { color: var(--good) } .warn-text { color: var(--warn-ink) } .bad-text { color: var(--bad) }
figure { margin: 1rem 0 } svg { display: block; width: 100%; height: auto }
svg text { font: 11px system-ui, sans-serif; fill: var(--dim) }
svg .title { font-size: 13px; font-weight: 600; fill: var(--ink) }
svg .grid { stroke: var(--line) } svg .mark { stroke: var(--dim); stroke-dasharray: 2 3 }
svg .limit { stroke: var(--bad); stroke-dasharray: 6 4 } svg .limit-name { fill: var(--bad) }
svg polyline { fill: none; stroke-width: 1.5; stroke-linejoin: round }
svg polyline.s1 { stroke: var(--s1) } svg polyline.s2 { stroke: var(--s2) }
svg polyline.s3 { stroke: var(--s3) }
svg rect.s1, svg .dot.s1 { fill: var(--s1) } svg rect.s2, svg .dot.s2 { fill: var(--s2) }
svg rect.s3, svg .dot.s3 { fill: var(--s3) } svg rect.good { fill: var(--good) }
svg rect.warn { fill: var(--warn) } svg rect.bad { fill: var(--bad) }
svg rect.none { fill: var(--none) }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: .7rem 1rem;
  overflow-x: auto; font: 13px/1.5 ui-monospace, monospace }
.added { color: var(--good) } .removed { color: var(--bad) } .dim { color: var(--dim) }
`;
