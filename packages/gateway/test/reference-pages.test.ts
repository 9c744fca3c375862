import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { settingsJsonSchema } from '../src/config/settings.ts'
import { isCounter, METRICS, NAMESPACE } from '../src/observe/metric-table.ts'
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
    return `| \`${NAMESPACE}_${name}\` | ${isCounter(row) ? 'counter' : 'gauge'} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${help} |`
  })
  expect(await rowsOf('gateway-metrics.md', `${NAMESPACE}_`)).toEqual(expected.toSorted())
})

type Schema = Exclude<NonNullable<ReturnType<typeof settingsJsonSchema>['properties']>[string], boolean>

/** A row for each setting below `schema`, in the order of the table. */
function settingRows(schema: Schema, path: string): string[] {
  const variants = schema.oneOf?.filter((variant) => typeof variant === 'object') ?? [schema]
  const below = variants.flatMap((variant) => {
    const named = Object.entries(variant.properties ?? {}).flatMap(([key, child]) => {
      return typeof child === 'object' ? settingRows(child, path === '' ? key : `${path}.${key}`) : []
    })
    const { additionalProperties } = variant
    return typeof additionalProperties === 'object'
      ? [...named, ...settingRows(additionalProperties, `${path}.NAME`)]
      : named
  })
  if (path === '' || path.endsWith('NAME')) return below
  const { flag, env, unit, description, default: value } = schema
  const changed = typeof flag === 'string' ? `\`${flag}\` \`${String(env)}\`` : ''
  const key = schema.const === undefined ? path : `${path}: ${String(schema.const)}`
  const byDefault = value === undefined || typeof value === 'object' ? '' : `\`${String(value)}\``
  return [`| \`${key}\` | ${byDefault} | ${unit ?? ''} | ${changed} | ${description} |`, ...below]
}

it('the page of settings has the table of settings, row for row and in its order', async () => {
  const url = new URL('../../../docs/reference/gateway-settings.md', import.meta.url)
  const rows = (await readFile(url, 'utf8')).split('\n').filter((line) => line.startsWith('| `'))
  expect(rows).toEqual(settingRows(settingsJsonSchema(), ''))
})
