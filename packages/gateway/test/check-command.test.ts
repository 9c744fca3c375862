import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildGateway } from './gateway-build.ts'
import { type Ended, GatewayProcess } from './gateway-process.ts'

const ENVIRONMENT = { SHOP_KEY: 'a-key-of-sixteen-characters' }
const RIGHT = `listen: 0.0.0.0:8080
tenants: [{ name: shop, key: \${SHOP_KEY}, ratePerSecond: 500, streams: [orders] }]
streams:
  orders:
    class: critical
    window: { items: 2000 }
    backlog: { items: 1000, bytes: 1MiB, maxAgeMs: 86400000 }
    sink: { type: http, url: "http://127.0.0.1:9000/hook" }
`

let program: string
let folder: string
let path: string

beforeAll(async () => {
  program = await buildGateway()
  folder = await mkdtemp(join(tmpdir(), 'spillway-'))
  path = join(folder, 'spillway.yaml')
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function check(text: string, ...args: readonly string[]): Promise<Ended> {
  await writeFile(path, text)
  return run('check', path, ...args)
}

function run(...args: readonly string[]): Promise<Ended> {
  return new GatewayProcess(args, { program, environment: ENVIRONMENT }).ended()
}

describe('spillway check', () => {
  it('says what can be served, and exits with 0, with a warning too', async () => {
    expect(await check(RIGHT)).toMatchObject({
      code: 0,
      stdout: `${path} can be served: 1 stream, 1 tenant; 0 warnings\n`,
      stderr: '',
    })
    const { code, stdout } = await check(RIGHT, '--rate', 'orders=10')
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /:6:22 warning: streams.orders.window.items is a time bomb: 2,000 events are 3.3 min of work at 10 a second \(--rate\), .*\n.*; 1 warning\n$/,
    )
  })

  it('exits with 1 when there are warnings and --strict takes none', async () => {
    expect((await check(RIGHT, '--strict')).code).toBe(0)
    expect((await check(RIGHT, '--strict', '--rate', 'orders=10')).code).toBe(1)
  })

  it('tells every fault as serve does, in the order of the file, and exits with 1', async () => {
    const wrong = RIGHT.replace('items: 2000', 'items: 0').replace('SHOP_KEY', 'NO_KEY')
    const [checked, served] = [await check(wrong), await run('serve', '--config', path)]
    expect(checked).toMatchObject({ code: 1, stdout: '' })
    expect(checked.stderr.split('\n')).toEqual([
      `spillway: ${path}:2:30 the variable NO_KEY is not set; set it where the gateway is started, or write $$\{ for a plain $\{`,
      `spillway: ${path}:6:22 streams.orders.window.items must be an integer of at least 1, got 0`,
      '',
    ])
    expect(served.stderr).toBe(checked.stderr)
  })

  it('says what to do about a file that is not there, and a stream that is not there', async () => {
    const absent = await run('check', join(folder, 'none.yaml'))
    expect(absent.code).toBe(1)
    expect(absent.stderr).toMatch(/none.yaml cannot be read \(.*\); give the path of a YAML file\n$/)
    const stranger = await check(RIGHT, '--rate', 'ordres=10')
    expect(stranger.code).toBe(1)
    expect(stranger.stderr).toBe('spillway: --rate: no stream is called "ordres"; there are: orders\n')
    const vague = await check(RIGHT, '--rate', 'orders')
    expect(vague.stderr).toContain('It must be STREAM=RATE, as orders=800.')
  })
})

describe('spillway size', () => {
  it('answers with a number, its derivation, and what to write into the file', async () => {
    const { code, stdout } = await run(
      ...['size', '--deadline', '200', '--service-ms', '10', '--workers', '8'],
      ...['--rate', '640', '--event-bytes', '500'],
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^Capacity: 32\nIn the configuration: window: \{ items: 32, bytes: 16000 \}\. Full, it adds 40 ms/,
    )
    expect(stdout).toContain('  Deadline: K ≤ μ (D − S99) = 800/s × (200 ms − 46.1 ms) = 123;')
  })

  it('says what is missing, by its option', async () => {
    const size = (...args: readonly string[]) => run('size', ...args)
    const [none, no, half] = await Promise.all([
      size(),
      size('--deadline', '200'),
      size('--deadline', '200', '--service-ms', '10', '--burst-ms', '5'),
    ])
    expect(none?.stderr).toContain("required option '--deadline <ms>' not specified")
    expect(no?.stderr).toBe(
      'spillway: say how long a delivery takes: --service-ms, or --service-rate with --service-p99\n',
    )
    expect(half?.stderr).toBe(
      'spillway: --burst-rate and --burst-ms go together: a burst has a rate and a length\n',
    )
    expect([none, no, half].map((ended) => ended?.code)).toEqual([1, 1, 1])
  })
})
