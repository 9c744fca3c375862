import { describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import type { Environment } from './environment.ts'
import { loadSettings, type Override } from './load-settings.ts'

const KEY = 'a-key-of-sixteen-characters'
const WEBHOOK = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
const OPEN = 'listen: 0.0.0.0:80\n'

function load(text: string, environment: Environment = {}, overrides: readonly Override[] = []) {
  return loadSettings({ name: 'f', text }, overrides, environment)
}

function faults(text: string, environment?: Environment, overrides?: readonly Override[]): readonly string[] {
  try {
    load(text, environment, overrides)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

describe('the ingest listener', () => {
  it('may be anywhere once there are tenants, and on loopback without', () => {
    expect(faults(`${OPEN}tenants: [{ name: shop, key: ${KEY} }]\n`)).toEqual([])
    for (const host of ['127.0.0.1', '127.8.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]']) {
      expect(faults(`listen: "${host}:80"\n`)).toEqual([])
    }
    for (const host of ['0.0.0.0', '[::]', '192.168.0.1', 'gateway.example', '[::ffff:10.0.0.1]']) {
      expect(faults(`listen: "${host}:80"\n`)).toEqual([
        `f:1:9 listen must be on loopback (127.0.0.1, ::1 or localhost) without tenants, or whoever reaches it may send: declare tenants with keys, got "${host}:80"`,
      ])
    }
  })

  it('is named by what opened it: the file, though an option gave its port', () => {
    const port: Override = { key: 'listen', port: 90, origin: '--port' }
    const listen: Override = { key: 'listen', value: '0.0.0.0:80', origin: '--listen' }
    expect(faults(OPEN, {}, [port])[0]).toMatch(/^f:1:9 listen must be on loopback .*, got "0.0.0.0:90"$/)
    expect(faults('', {}, [listen])[0]).toMatch(/^--listen: listen must be on loopback /)
  })
})

describe('the admin listener', () => {
  it('may be anywhere once it asks for a token, and on loopback without', () => {
    expect(faults(`admin: 0.0.0.0:81\nadminToken: ${KEY}\n`)).toEqual([])
    expect(faults('admin: 0.0.0.0:81\n')).toEqual([
      'f:1:8 admin must be on loopback (127.0.0.1, ::1 or localhost) without adminToken, or whoever reaches it may change what runs: set adminToken, got "0.0.0.0:81"',
    ])
  })

  it('is reached by more names, in any letter case', () => {
    expect(load('adminHosts: [Gateway.Example]\n').adminHosts).toEqual(['gateway.example'])
    expect(faults('adminHosts: ["gateway.example:8081"]\n')).toEqual([
      'f:1:14 adminHosts.0 must be a host name without a port, as gateway.example, got "gateway.example:8081"',
    ])
  })
})

describe('tenants', () => {
  it('have keys, a rate with its burst, and some streams or all', () => {
    const { tenants = [] } = load(
      `tenants:\n  - { name: a, key: ${KEY} }\n  - { name: b, key: [${KEY}1, ${KEY}2], ratePerSecond: 2.5, streams: [events] }\n  - { name: c, key: ${KEY}3, ratePerSecond: 5, burst: 9 }\n`,
    )
    expect(tenants.map(({ keys }) => keys.map((key) => key.reveal()))).toEqual([
      [KEY],
      [`${KEY}1`, `${KEY}2`],
      [`${KEY}3`],
    ])
    expect(tenants.map(({ rate, streams }) => ({ rate, streams }))).toEqual([
      { rate: undefined, streams: undefined },
      { rate: { ratePerSecond: 2.5, burst: 3 }, streams: ['events'] },
      { rate: { ratePerSecond: 5, burst: 9 }, streams: undefined },
    ])
  })

  it.each([
    [
      'a short key',
      '{ name: a, key: hunter2 }',
      'f:1:27 tenants.0.key must be a secret of at least 16 visible ASCII characters, without spaces, or a list of such, got what is not shown',
    ],
    [
      'a name given twice',
      `{ name: a, key: ${KEY}1 }, { name: a, key: ${KEY}2 }`,
      'f:1:67 tenants.1.name must be a name that no other tenant has, got "a"',
    ],
    [
      'a key given twice',
      `{ name: a, key: ${KEY} }, { name: b, key: [${KEY}] }`,
      'f:1:74 tenants.1.key must be a key that nobody has yet: tenant a has it, got what is not shown',
    ],
    [
      'a stream that is not there',
      `{ name: a, key: ${KEY}, streams: [evnts] }`,
      'f:1:66 tenants.0.streams.0 must be the name of a stream that exists (events, metrics), got "evnts"',
    ],
    [
      'a burst without a rate',
      `{ name: a, key: ${KEY}, burst: 5 }`,
      'f:1:63 tenants.0.burst must be left out without ratePerSecond, got 5',
    ],
    [
      'an unknown setting',
      `{ name: a, key: ${KEY}, rate: 5 }`,
      'f:1:56 tenants.0 has no setting "rate"; it knows name, key, ratePerSecond, burst, streams',
    ],
  ])('with %s are refused', (_what, tenants, fault) => {
    expect(faults(`tenants: [${tenants}]\n`)).toEqual([fault])
  })
})

describe('rates that a fleet shares', () => {
  const redis = (rest: string) => `redis: { url: "redis://:s3cret@10.0.0.1:6379", ${rest} }\n`

  it('say what happens while Redis is away, and how they are asked for', () => {
    const { redis: settings } = load(redis('whenAway: local, nodes: 3'))
    expect(settings).toMatchObject({ whenAway: 'local', nodes: 3, mode: 'leased' })
    expect(settings?.url.reveal()).toBe('redis://:s3cret@10.0.0.1:6379')
    expect(faults(redis('mode: exact'))[0]).toMatch(
      /^f:1:8 redis.whenAway is missing; it must be one of refuse, allow, local \(What happens while /,
    )
    expect(faults(redis('whenAway: local'))[0]).toMatch(
      /^f:1:8 redis.nodes is missing; it must be the number of gateways/,
    )
    expect(faults(redis('whenAway: allow, nodes: 2'))).toEqual([
      'f:1:72 redis.nodes must be left out when whenAway is allow, got 2',
    ])
  })

  it('are worth a token at a time when they are borrowed', () => {
    const tenant = (rate: string) =>
      `tenants: [{ name: a, key: ${KEY}, ${rate} }]\n${redis('whenAway: refuse')}`
    expect(faults(tenant('ratePerSecond: 3'))[0]).toContain(
      'tenants.0.ratePerSecond must be at least 4 while',
    )
    expect(faults(tenant('ratePerSecond: 100, burst: 24'))[0]).toContain(
      'tenants.0.burst must be at least 25, ',
    )
    expect(faults(tenant('ratePerSecond: 100, burst: 25'))).toEqual([])
  })
})

it('a stream can want signatures, and a secret in its place is never shown', () => {
  const stream = (verify: string) =>
    `streams:\n  hooks: { class: best-effort, window: { items: 5 }, whenFull: reject, sink: { type: stdout }, verify: ${verify} }\n`
  const { verify } = load(stream(`{ type: standard-webhooks, secret: ${WEBHOOK} }`)).streams['hooks']!
  expect([verify?.type, verify?.toleranceMs, verify?.secrets.map((each) => each.reveal())]).toEqual([
    'standard-webhooks',
    300_000,
    [WEBHOOK],
  ])
  expect(faults(stream('{ type: standard-webhooks, secret: whsec_c2VjcmV0 }'))[0]).toMatch(
    / streams.hooks.verify.secret must be whsec_ and 24 to 64 bytes in base64, or a list of such, got what is not shown$/,
  )
})

it('CORS takes exact origins, or all', () => {
  expect(load('cors: { origins: ["https://shop.example", "*"] }\n').cors?.origins).toHaveLength(2)
  expect(faults('cors: { origins: ["https://shop.example/"] }\n')).toEqual([
    'f:1:19 cors.origins.0 must be an exact origin, as https://shop.example or http://localhost:3000, or "*", got "https://shop.example/"',
  ])
})

describe('a secret', () => {
  it('is in nothing that is printed', () => {
    const settings = load(`admin: 0.0.0.0:81\nadminToken: ${KEY}\ntenants: [{ name: a, key: ${KEY} }]\n`)
    expect(JSON.stringify(settings)).not.toContain(KEY)
    expect(String(settings.adminToken)).not.toContain(KEY)
  })

  it.each([
    `adminToken: [hidden1]\n`,
    `tenants: { name: a, key: hidden1 }\n`,
    `tenants: [{ name: a, key: [hidden1] }]\n`,
    `redis: { url: "http://hidden1", whenAway: allow }\n`,
    `streams: { a: { sink: { type: http, url: "ftp://user:hidden1@x" } } }\n`,
    `streams: { a: { sink: [{ type: http, secret: hidden1 }] } }\n`,
  ])('is in no message: %s', (text) => {
    expect(faults(text).length).toBeGreaterThan(0)
    expect(faults(text).join('\n')).not.toContain('hidden1')
  })
})
