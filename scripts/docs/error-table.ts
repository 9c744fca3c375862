/**
 * Compares the table of refusals in a Markdown page with the one in the code.
 */

/** What one row says, in the words of the page. */
export interface DocumentedCode {
  readonly code: string
  readonly scope: string
  readonly httpStatus: string
  readonly retryable: string
  readonly meaning: string
}

/** The row of one code in the library. */
export interface CodeRow {
  readonly scope: string
  readonly httpStatus: number
  readonly retryable: boolean
  readonly meaning: string
}

/** Reads the rows `| \`ERR_…\` | scope | status | retryable | meaning |`. */
export function documentedCodes(markdown: string): DocumentedCode[] {
  return markdown.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    const [, code = '', scope = '', httpStatus = '', retryable = '', meaning = ''] = cells
    return /^`ERR_[A-Z_]+`$/.test(code)
      ? [{ code: code.slice(1, -1), scope, httpStatus, retryable, meaning }]
      : []
  })
}

/** One line for each difference between page and code, both ways. */
export function errorTableFaults(markdown: string, table: Readonly<Record<string, CodeRow>>): string[] {
  const documented = documentedCodes(markdown)
  const missing = Object.keys(table).filter((code) => !documented.some((row) => row.code === code))
  const twice = documented.filter(
    (row, index) => documented.findIndex((other) => other.code === row.code) !== index,
  )
  return [
    ...missing.map((code) => `${code} is not documented`),
    ...twice.map(({ code }) => `${code} is documented twice`),
    ...documented.flatMap((row) => rowFaults(row, table[row.code])),
  ]
}

function rowFaults(documented: DocumentedCode, row: CodeRow | undefined): string[] {
  const { code } = documented
  if (!row) return [`${code} is documented and does not exist`]
  const expected: Omit<DocumentedCode, 'code'> = {
    scope: row.scope,
    httpStatus: String(row.httpStatus),
    retryable: row.retryable ? 'yes' : 'no',
    meaning: row.meaning,
  }
  return (Object.keys(expected) as (keyof typeof expected)[]) // Object.keys forgets which keys they are
    .filter((key) => documented[key] !== expected[key])
    .map((key) => `${code}: the page says ${key} "${documented[key]}", the code says "${expected[key]}"`)
}
