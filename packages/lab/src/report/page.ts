/**
 * The report: one HTML file that needs nothing else, no network and no script.
 *
 * Each plot is drawn twice, for a wide and for a narrow screen; the style
 * shows the one that fits, and follows the reader's light or dark.
 */
import { drawFigure, type Figure } from './draw.ts'
import { escapeHtml } from './escape.ts'

/** What stands in a report. */
export interface ReportContent {
  readonly title: string
  /** Sentences. */
  readonly summary: readonly string[]
  readonly figures: readonly Figure[]
  /** Tables in Markdown form, shown as they are. */
  readonly tables: string
  /** What repeats it, each a command. */
  readonly commands: readonly string[]
  /** How to read it, what it assumes. */
  readonly notes: readonly string[]
}

const WIDE_PX = 1080
const NARROW_PX = 340

/** The page. */
export function reportPage({ title, summary, figures, tables, commands, notes }: ReportContent): string {
  const list = (lines: readonly string[]): string =>
    lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<ul class="summary">
${list(summary)}
</ul>
${figures.map(figureHtml).join('\n')}
<h2>All figures</h2>
<pre>${escapeHtml(tables)}</pre>
<h2>To repeat it</h2>
<pre>${escapeHtml(commands.join('\n'))}</pre>
<h2>What it assumes</h2>
<ul>
${list(notes)}
</ul>
</main>
</body>
</html>
`
}

function figureHtml(figure: Figure): string {
  return `<section id="${escapeHtml(figure.id)}">
<h2>${escapeHtml(figure.title)}</h2>
<div class="plot wide">${drawFigure(figure, WIDE_PX)}</div>
<div class="plot narrow">${drawFigure(figure, NARROW_PX)}</div>
<p>${escapeHtml(figure.caption)}</p>
</section>`
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --paper: #fbfbf9; --faint: #5b6472; --line: #d9dce1; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ee; --paper: #14171c; --faint: #a3abb8; --line: #333a45; } }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 1144px; margin: 0 auto; padding: 24px 32px 64px; }
h1 { font-size: 28px; line-height: 1.25; margin: 8px 0 16px; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 44px 0 10px; }
p, li { max-width: 76ch; }
section p { color: var(--faint); font-size: 15px; margin: 8px 0 0; }
.summary { padding-left: 20px; }
.plot { overflow: hidden; }
.plot figure { margin: 0; }
.plot figure > div { font-size: 12px !important; }
.narrow { display: none; }
pre { overflow-x: auto; padding: 12px; border: 1px solid var(--line); border-radius: 6px; font-size: 13px; line-height: 1.45; }
@media (max-width: 700px) { main { padding: 16px 20px 48px; } h1 { font-size: 23px; } .wide { display: none; } .narrow { display: block; } }
@media print { .wide { display: block; } .narrow { display: none; } }
`
