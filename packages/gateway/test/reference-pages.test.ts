import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { kindOf, METRICS, NAMESPACE } from '../src/observe/metric-table.ts'
import { PROBLEMS } from '../src/protocol/problem.ts'

/** The rows of the page's tables whose first cell begins like this. */
async function rowsOf(page: string, beginning: string): Promise<readonly string[]> {
  const url = new URL(`../../../docs/reference/${page}`, import.meta.url)
  const lines = (await readFile(url, 'utf8')).split('\n')
  return lines.filter((line) => line.startsWith(`| \`${beginning}`)).toSorted()
}

it('the page of HTTP answers has the table of problems, row for row', async () => {
  const expected = Object.entries(PROBLEMS).map(([code, { status, retryable, meaning }]) => {
    return `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${meaning} |`
  })
  expect(await rowsOf('gateway-http.md', 'ERR_')).toEqual(expected.toSorted())
})

it('the page of metrics has the table of metrics, row for row', async () => {
  const expected = METRICS.map((row) => {
    const { name, labels, help } = row
    return `| \`${NAMESPACE}_${name}\` | ${kindOf(row)} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${help} |`
  })
  expect(await rowsOf('gateway-metrics.md', `${NAMESPACE}_`)).toEqual(expected.toSorted())
})
