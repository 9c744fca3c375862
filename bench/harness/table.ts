/**
 * Markdown tables that read well as plain text too, and the place in a
 * document where they go.
 */

/** A table with its columns padded to one width. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((row) => row.map(escapeCell))
  const widths = head.map((_, column) => Math.max(3, ...lines.map((line) => (line[column] ?? '').length)))
  const text = lines.map((line) => rowOf(widths.map((width, column) => (line[column] ?? '').padEnd(width))))
  return [text[0], rowOf(widths.map((width) => '-'.repeat(width))), ...text.slice(1)].join('\n')
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function escapeCell(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/**
 * The document with everything between its two markers replaced.
 *
 * @throws Error when the markers are missing, out of order or repeated
 */
export function replaceBetweenMarkers(text: string, name: string, content: string): string {
  const begin = `<!-- ${name}:begin -->`
  const end = `<!-- ${name}:end -->`
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  const once = from === text.lastIndexOf(begin) && to === text.lastIndexOf(end)
  if (from < 0 || to < from || !once)
    throw new Error(`the document needs ${begin} and ${end}, once and in this order`)
  return `${text.slice(0, from + begin.length)}\n\n${content.trim()}\n\n${text.slice(to)}`
}
