/**
 * What is shipped to run the gateway, held to its code: the unit's options and
 * limits, the alerts' metrics.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../src/cli/program.ts'
import { loadConfiguration, loadSettings } from '../src/config/load-settings.ts'
import { longestStopMs } from '../src/config/stop-time.ts'
import { warningsOf } from '../src/config/warnings/warnings-of.ts'
import { METRICS, NAMESPACE } from '../src/observe/metric-table.ts'
import { PROBLEMS } from '../src/protocol/problem.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** What a program says, or nothing where it is not installed. */
function run(program: string, ...args: readonly string[]): { ok: boolean; said: string } | undefined {
  const { status, error, stdout, stderr } = spawnSync(program, [...args], { cwd: root, encoding: 'utf8' })
  return error ? undefined : { ok: status === 0, said: `${stdout}${stderr}` }
}

describe('the unit for systemd', () => {
  const unit = read('deploy/systemd/spillway.service')
  const all = (key: string): readonly string[] =>
    [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value!)
  const one = (key: string): string => all(key)[0] ?? ''
  const { drainTimeoutMs, maxConnections } = loadSettings(undefined)

  it('waits longer for a stop than the gateway may take', () => {
    expect(1000 * Number(one('TimeoutStopSec'))).toBeGreaterThan(longestStopMs(drainTimeoutMs))
  })

  it('lets the gateway open all the connections that it may have, and files besides', () => {
    expect(Number(one('LimitNOFILE'))).toBeGreaterThan(2 * maxConnections)
  })

  it('starts a command that there is, with variables that it knows', () => {
    const [, command, ...options] = one('ExecStart').split(' ')
    const serve = createProgram('').commands.find((each) => each.name() === command)
    const known = serve?.options ?? []
    expect(options.filter((option) => !known.some(({ long }) => long === option))).toEqual([])
    const variables = all('Environment').map((each) => each.split('=')[0])
    expect(variables).toEqual(['SPILLWAY_CONFIG', 'SPILLWAY_DATA_DIR'])
    expect(known.map(({ envVar }) => envVar)).toEqual(expect.arrayContaining(variables))
  })

  it('keeps the data where the state directory is, and lets nothing else be written', () => {
    expect(all('Environment')).toContain(`SPILLWAY_DATA_DIR=%S/${one('StateDirectory')}`)
    expect([
      one('ProtectSystem'),
      one('DynamicUser'),
      one('NoNewPrivileges'),
      one('CapabilityBoundingSet'),
    ]).toEqual(['strict', 'yes', 'yes', ''])
  })

  const hasSystemd = run('systemd-analyze', '--version') !== undefined
  if (!hasSystemd) console.warn('systemd-analyze is not installed: the unit is NOT verified')

  it.skipIf(!hasSystemd)('is sound, and shuts the gateway in, by systemd’s own measure', () => {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-unit-'))
    const file = join(folder, 'spillway.service')
    writeFileSync(file, unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`))
    expect(run('systemd-analyze', 'verify', '--man=no', file)).toEqual({ ok: true, said: '' })
    // Exposure in tenths, from 0 to 100: a service without any of this has 96.
    const security = run('systemd-analyze', 'security', '--offline=true', '--threshold=20', file)
    expect(security?.said).toContain('Overall exposure level')
    expect(security?.ok).toBe(true)
    rmSync(folder, { recursive: true })
  })
})

it('the configuration for containers is served as it is, and nothing in it is warned of', () => {
  const environment = {
    SHOP_KEY: 'a-key-of-sixteen-characters',
    ADMIN_TOKEN: 'another-of-sixteen-characters',
  }
  const name = 'deploy/compose/spillway.yaml'
  const configuration = loadConfiguration({ name, text: read(name) }, [], environment)
  const disk = { freeBytes: 10 * 2 ** 30, storedBytes: 0 }
  expect(warningsOf(configuration, { disk, memoryBytes: 2 ** 30, rates: {} })).toEqual([])
})

describe('the alert rules', () => {
  const rules = read('deploy/alerts/gateway.rules.yml')
  const tests = read('deploy/alerts/gateway.test.yml')
  const rows = new Map(METRICS.map((row) => [`${NAMESPACE}_${row.name}`, row]))

  it.each([
    ['the rules', rules],
    ['their tests', tests],
  ])('name no metric that does not exist: %s', (_what, text) => {
    const names = [...text.matchAll(/\bspillway_[a-z0-9_]+(?!:)\b/g)].map(([name]) => name)
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter((name) => !rows.has(name) && name !== 'spillway_gateway')).toEqual([])
  })

  it('give the series in their tests the labels that they have', () => {
    const series = [...tests.matchAll(/series: '(spillway_\w+)\{(.*)\}'/g)]
    expect(series.length).toBeGreaterThan(20)
    for (const [, name, labels] of series) {
      const given = [...labels!.matchAll(/(\w+)=/g)].map(([, label]) => label)
      expect([name, ...given]).toEqual([name, 'job', 'instance', ...rows.get(name!)!.labels])
    }
  })

  it('name no code of a refusal that does not exist', () => {
    const codes = [...`${rules}${tests}`.matchAll(/\bERR_[A-Z_]+/g)].map(([code]) => code)
    expect(codes.filter((code) => !Object.hasOwn(PROBLEMS, code))).toEqual([])
  })

  it('alert for every 503 that is no stop, under one alert or another', () => {
    const never = ['ERR_CLOSED', 'ERR_CONCURRENCY_LIMITED', 'ERR_SHED', 'ERR_BUDGET_SPENT', 'ERR_EVICTED']
    const codes = Object.entries(PROBLEMS)
      .filter(([, { status }]) => status === 503)
      .map(([code]) => code)
    expect(codes.filter((code) => !never.includes(code) && !rules.includes(code))).toEqual([])
  })

  const hasPromtool = run('promtool', '--version') !== undefined
  if (!hasPromtool)
    console.warn('promtool is not installed: the gateway’s alert rules are NOT tested (Debian: prometheus)')

  it.skipIf(!hasPromtool)('are sound, fire when they should, and stay silent otherwise, by promtool', () => {
    expect(run('promtool', 'check', 'rules', 'deploy/alerts/gateway.rules.yml')).toMatchObject({ ok: true })
    const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!)
    for (const alert of alerts) expect(tests).toMatch(new RegExp(`alertname: ${alert}\\n\\s+exp_alerts`))
    for (const alert of alerts) expect(tests).toContain(`alertname: ${alert} }`)
    expect(run('promtool', 'test', 'rules', 'deploy/alerts/gateway.test.yml')).toMatchObject({ ok: true })
  })
})
