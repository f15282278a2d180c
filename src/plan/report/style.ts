/** Of the HTML report: readable without colour, and on A4 paper without a cut row. */
export const STYLE = `
:root { --good: #17683a; --bad: #b3261e; --warn: #8a5a00; --dim: #5c5f66; --line: #d9dce1 }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, "Liberation Sans", sans-serif; color: #1b1d21; background: #fff;
  max-width: 62rem; margin: 2rem auto; padding: 0 1.25rem }
header { border-bottom: 3px solid #1b1d21; margin-bottom: 1.5rem }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid var(--line) }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem }
.verdict { font-size: 1.3rem; font-weight: 700; margin: 0 0 .9rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: .3rem 0 }
dt { color: var(--dim) } dd { margin: 0; overflow-wrap: anywhere }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; list-style: none; padding: 0; margin: 1rem 0 }
.tiles li { border: 1px solid var(--line); border-left-width: 4px; padding: .3rem .9rem }
.tiles li.PASS { border-left-color: var(--good) } .tiles li.FAIL { border-left-color: var(--bad) }
.tiles li.SKIPPED, .tiles li.INCONCLUSIVE { border-left-color: var(--warn) }
.tiles b { font-size: 1.3rem; margin-right: .2rem }
.remark { margin: .2rem 0; color: var(--dim) }
section { break-inside: avoid }
.checks { list-style: none; padding: 0; margin: .3rem 0 }
.checks li { display: grid; grid-template-columns: 8.5rem 1fr; padding: .12rem 0 }
.why { display: block; color: var(--dim); font-size: .87rem; overflow-wrap: anywhere }
.result { margin: .3rem 0 1rem }
.evidence .more td { border-bottom: 0; padding-bottom: 0 } .evidence .more { break-after: avoid }
.mark { white-space: nowrap; font-size: .82em; letter-spacing: .02em }
.PASS { color: var(--good) } .FAIL { color: var(--bad) }
.SKIPPED, .INCONCLUSIVE { color: var(--warn) } .NONE { color: var(--dim) }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
th { color: var(--dim); font-weight: 600; white-space: nowrap }
tr { break-inside: avoid }
.evidence { font-size: .87rem; table-layout: fixed }
.evidence th:nth-child(1) { width: 30% } .evidence th:nth-child(2) { width: 17% }
.evidence th:nth-child(4) { width: 16%; white-space: normal }
.matrix { table-layout: fixed } .matrix th:nth-child(1) { width: 2rem }
.matrix th:nth-child(2) { width: 38% } .matrix th:nth-child(3) { width: 9rem }
.matrix code { display: inline-block; max-width: 100%; margin-right: .5rem }
.matrix code.FAIL::after { content: " FAIL" } .matrix code.SKIPPED::after { content: " SKIPPED" }
.matrix code.INCONCLUSIVE::after { content: " INCONCLUSIVE" }
pre { font: .78rem/1.35 ui-monospace, "Liberation Mono", monospace; background: #f4f5f7;
  margin: .4rem 0 0; padding: .4rem .5rem; white-space: pre-wrap; overflow-wrap: anywhere }
code { font: .85em ui-monospace, "Liberation Mono", monospace }
.issues > li { margin-bottom: .9rem; break-inside: avoid }
.severity.Critical, .severity.High { font-weight: 700 } .severity.Critical { color: var(--bad) }
.sign { width: auto } .sign th, .sign td { border: 0; padding: .5rem 1rem .2rem 0 }
.sign .line { width: 20rem; border-bottom: 1px solid #1b1d21 } .hint { color: var(--dim) }
@page { size: A4; margin: 16mm 14mm }
@media print { html { font-size: 12px } body { font-size: 9.5pt; margin: 0; max-width: none; padding: 0 }
  .appendix { break-before: page } h2, h3 { break-after: avoid } pre { background: none;
  border-left: 2px solid var(--line) } }
`;
