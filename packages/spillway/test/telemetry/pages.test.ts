/**
 * What others build on the table of metrics: the reference page, the alert
 * rules and the dashboard.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openTelemetryName, prometheusName } from '../../src/telemetry/metric-row.ts'
import { HISTOGRAMS, METRICS } from '../../src/telemetry/metric-table.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8')

const rules = read('deploy/alerts/spillway.rules.yml')
const dashboard = read('deploy/grafana/spillway.json')
const SERIES = ['_bucket', '_sum', '_count']
const names = new Set([
  ...METRICS.map(prometheusName),
  ...HISTOGRAMS.flatMap((row) => SERIES.map((series) => `${prometheusName(row)}${series}`)),
])
/** Every row, in the order of the page: histograms follow the metrics of their group. */
const rows = [...METRICS, ...HISTOGRAMS].toSorted((a, b) => {
  const groups = METRICS.map(({ group }) => group)
  return groups.indexOf(a.group) - groups.indexOf(b.group)
})

/** Every word of `text` that looks like a metric of ours. */
const mentioned = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/\bspillway_[a-z0-9_]+/g)].map(([name]) => name)),
]

describe('the page of metrics', () => {
  it('has the table of metrics, row for row and in its order', () => {
    const expected = rows.map((row) => {
      const label = row.label ? `\`${row.label}\`` : ''
      return `| \`${prometheusName(row)}\` | \`${openTelemetryName(row)}\` | ${row.kind} | ${label} | ${row.help} |`
    })
    const found = read('docs/reference/metrics.md')
      .split('\n')
      .filter((line) => line.startsWith('| `spillway_'))
    expect(found).toEqual(expected)
  })
})

describe.each([
  ['the alert rules', rules],
  ['the dashboard', dashboard],
])('%s', (_, text) => {
  it('name no metric that does not exist', () => {
    expect(mentioned(text).length).toBeGreaterThan(5)
    expect(mentioned(text).filter((name) => !names.has(name))).toEqual([])
  })
})

describe('the dashboard', () => {
  it('is one that Grafana can import: panels with queries, and a source to choose', () => {
    const { uid, panels, templating } = JSON.parse(dashboard)
    expect(uid).toBe('spillway')
    expect(templating.list.map(({ name }: { name: string }) => name)).toEqual([
      'datasource',
      'job',
      'instance',
      'name',
    ])
    expect(new Set(panels.map(({ id }: { id: number }) => id)).size).toBe(panels.length)
    for (const { title, description, targets } of panels) {
      expect([title, description].every((text) => typeof text === 'string' && text !== '')).toBe(true)
      expect(targets.length).toBeGreaterThan(0)
    }
  })
})

/** What promtool says, or nothing where it is not installed. */
function promtool(...args: readonly string[]): { readonly ok: boolean; readonly said: string } | undefined {
  const { status, error, stdout, stderr } = spawnSync('promtool', [...args], { cwd: root, encoding: 'utf8' })
  return error ? undefined : { ok: status === 0, said: `${stdout}${stderr}` }
}

const hasPromtool = promtool('--version') !== undefined
if (!hasPromtool)
  console.warn('promtool is not installed: the alert rules are NOT tested (Debian: prometheus)')

describe.skipIf(!hasPromtool)('promtool', () => {
  it('finds the alert rules sound', () => {
    expect(promtool('check', 'rules', 'deploy/alerts/spillway.rules.yml')).toMatchObject({ ok: true })
  })

  it('sees every alert fire when it should, say what it should, and stay silent otherwise', () => {
    const tests = read('deploy/alerts/spillway.test.yml')
    const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!)
    for (const alert of alerts) expect(tests).toMatch(new RegExp(`alertname: ${alert}\\n\\s+exp_alerts`))
    const { ok, said } = promtool('test', 'rules', 'deploy/alerts/spillway.test.yml')!
    expect([ok, said]).toEqual([true, expect.stringContaining('SUCCESS')])
  })

  it('understands every query of the dashboard', () => {
    const variables: Readonly<Record<string, string>> = {
      job: '.*',
      instance: '.*',
      name: '.*',
      __rate_interval: '1m',
    }
    const panels: readonly { targets: readonly { expr: string }[] }[] = JSON.parse(dashboard).panels
    const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    const groups = queries.map((expr, index) => ({
      record: `dashboard:query:${index}`,
      expr: expr.replace(/\$(\w+)/g, (_, name) => variables[name] ?? ''),
    }))
    const folder = mkdtempSync(join(tmpdir(), 'spillway-dashboard-'))
    const file = join(folder, 'queries.json')
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: groups }] }))
    expect(promtool('check', 'rules', file)).toMatchObject({ ok: true })
    rmSync(folder, { recursive: true })
  })
})
