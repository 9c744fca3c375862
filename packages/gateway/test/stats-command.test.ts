import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildGateway } from './gateway-build.ts'
import { type Ended, GatewayProcess } from './gateway-process.ts'
import { RunningGateway } from './running-gateway.ts'

const TOKEN = 'a-token-of-sixteen-characters'

let program: string
let running: RunningGateway

beforeAll(async () => {
  program = await buildGateway()
  running = await RunningGateway.start(`
adminToken: ${TOKEN}
drainTimeoutMs: 0
streams:
  orders: { class: best-effort, window: { items: 2 }, whenFull: reject, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/orders.ndjson } }
`)
  await running.fill('orders')
})

afterAll(() => running[Symbol.asyncDispose]())

function run(args: readonly string[], token?: string): Promise<Ended> {
  const admin = new URL(running.adminUrl).host
  const environment = {
    SPILLWAY_ADMIN: admin,
    ...(token === undefined ? {} : { SPILLWAY_ADMIN_TOKEN: token }),
  }
  return new GatewayProcess(args, { program, environment }).ended()
}

describe('spillway stats', () => {
  it('prints a line for each stream, and what was refused', async () => {
    const { code, stdout, stderr } = await run(['stats'], TOKEN)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Spillway \d+\.\d+\.\d+, ready, up \d/)
    expect(stdout).toMatch(/\nSTREAM +TAKEN +REFUSED .* SINK\norders +3 +3 +0 +2 of 2 /)
    expect(stdout).toContain('  refused: 3 ERR_QUEUE_FULL early\n')
  })

  it('prints everything as JSON when asked', async () => {
    const { stdout } = await run(['stats', '--json'], TOKEN)
    expect(JSON.parse(stdout)).toMatchObject({
      ready: true,
      streams: [{ name: 'orders', depth: { items: 2 } }],
    })
  })

  it('says what to do without the token, with another one, and where nobody answers', async () => {
    const [none, other, absent, vague] = await Promise.all([
      run(['stats']),
      run(['stats', '--token', `${TOKEN}x`]),
      run(['stats', '--admin', '127.0.0.1:1']),
      run(['stats', '--admin', 'localhost']),
    ])
    const remedy = 'give its adminToken in SPILLWAY_ADMIN_TOKEN\n'
    expect(none?.stderr).toMatch(
      /^spillway: Authorization must be "Bearer TOKEN" .* none was sent; give its /,
    )
    expect(none?.stderr.endsWith(remedy)).toBe(true)
    expect(other?.stderr).toMatch(/what was sent is another; give its /)
    expect(other?.stderr).not.toContain(TOKEN)
    expect(absent?.stderr).toContain('no gateway answers at 127.0.0.1:1')
    expect(vague?.stderr).toBe('spillway: --admin must be HOST:PORT, as 127.0.0.1:8081, got "localhost"\n')
    expect([none, other, absent, vague].map((ended) => ended?.code)).toEqual([1, 1, 1, 1])
  })

  it('lets dead letters be looked at with the token too', async () => {
    expect((await run(['dead-letters', 'list', 'orders'], TOKEN)).code).toBe(0)
    expect((await run(['dead-letters', 'list', 'orders'])).code).toBe(1)
  })
})
