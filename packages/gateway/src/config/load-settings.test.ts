import { describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadSettings, type Override } from './load-settings.ts'

const SINK = 'sink: { type: stdout }'

function load(text: string, overrides: readonly Override[] = []): ReturnType<typeof loadSettings> {
  return loadSettings({ name: 'spillway.yaml', text }, overrides)
}

function faults(text: string, overrides: readonly Override[] = []): readonly string[] {
  try {
    load(text, overrides)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

describe('the settings without a file', () => {
  it('are two streams, one that makes senders wait and one that refuses, both able to take 10,000 events at once', () => {
    const { listen, admin, streams } = loadSettings(undefined)
    expect([listen, admin]).toEqual([
      { host: '127.0.0.1', port: 8080 },
      { host: '127.0.0.1', port: 8081 },
    ])
    expect(streams['events']).toMatchObject({
      class: 'critical',
      store: 'disk',
      whenFull: 'block',
      sink: { type: 'file', path: 'data/events.ndjson' },
    })
    expect(streams['metrics']).toMatchObject({
      class: 'best-effort',
      store: 'memory',
      whenFull: 'reject',
      sink: { type: 'file', path: 'data/metrics.ndjson' },
    })
    for (const stream of Object.values(streams)) expect(stream.backlog.items).toBeGreaterThanOrEqual(10_000)
  })

  it('are the same with an empty file', () => {
    expect(load('# nothing yet\n')).toEqual(loadSettings(undefined))
  })
})

/** Every part of a configuration, as the documents show it. */
const WHOLE = `listen: 127.0.0.1:8080
admin: 127.0.0.1:8081
dataDir: ./data
tenants:
  - { name: shop, key: \${SHOP_KEY}, ratePerSecond: 500, burst: 100, streams: [orders] }
streams:
  orders:
    class: critical
    store: disk
    backlog: { items: 1000000, bytes: 4GiB, maxAgeMs: 86400000 }
    window: { items: 2000 }
    enqueueTimeoutMs: 100
    concurrency: { min: 1, max: 64 }
    retry: { attempts: 8, baseMs: 100, maxMs: 30000 }
    orderBy: /customer/id
    dedupe: { windowMs: 600000, maxKeys: 100000 }
    sink: { type: http, url: "http://127.0.0.1:9000/hook", timeoutMs: 5000, secret: \${HOOK_SECRET} }
  metrics:
    class: best-effort
    store: memory
    window: { items: 10000 }
    whenFull: reject
    batch: { size: 500, intervalMs: 1000 }
    sink: { type: file, path: ./data/metrics.ndjson }
`

describe('a configuration', () => {
  it('can have all its parts, with secrets from the environment', () => {
    const HOOK_SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
    const environment = { SHOP_KEY: 'a-key-of-sixteen-characters', HOOK_SECRET }
    const { tenants = [], streams } = loadSettings({ name: 'f', text: WHOLE }, [], environment)
    expect(tenants).toMatchObject([
      { name: 'shop', rate: { ratePerSecond: 500, burst: 100 }, streams: ['orders'] },
    ])
    expect(tenants[0]?.keys[0]?.reveal()).toBe(environment.SHOP_KEY)
    expect(streams['orders']).toMatchObject({ store: 'disk', whenFull: 'block', orderBy: '/customer/id' })
    const sink = streams['orders']?.sink
    expect(sink?.type === 'http' && sink.secret?.reveal()).toBe(HOOK_SECRET)
  })

  it.each([
    ['stdout', 2000, 2000],
    ['stdout', 20, 1024],
    ['http, url: "http://127.0.0.1/"', 500, { min: 500, max: 4000 }],
  ])('delivers to %s enough at once for a batch of %i', (type, size, concurrency) => {
    const { streams } = load(
      `streams:\n  a: { class: best-effort, window: { items: 5 }, whenFull: block, batch: { size: ${size} }, sink: { type: ${type} } }\n`,
    )
    expect(streams['a']).toMatchObject({
      concurrency,
      batch: { size, intervalMs: 1000, maxBytes: 512 * 2 ** 10 },
    })
  })

  it('fills in the defaults of a stream, and reads sizes with a unit', () => {
    const { bodyLimit, streams } = load(
      `bodyLimit: 64KiB\nstreams:\n  orders: { class: best-effort, window: { items: 5 }, whenFull: drop-oldest, rate: { ratePerSecond: 2.5 }, ${SINK} }\n`,
    )
    expect(bodyLimit).toBe(65_536)
    expect(streams).toEqual({
      orders: {
        class: 'best-effort',
        store: 'memory',
        window: { items: 5, bytes: 64 * 2 ** 20 },
        backlog: { items: 5, bytes: 64 * 2 ** 20, maxAgeMs: Number.POSITIVE_INFINITY },
        whenFull: 'drop-oldest',
        enqueueTimeoutMs: 100,
        maxWaiting: 1024,
        concurrency: 1024,
        retry: { attempts: 8, baseMs: 100, maxMs: 30_000 },
        deadLetters: { items: 10_000, bytes: 64 * 2 ** 20 },
        dedupe: { windowMs: 600_000, maxKeys: 100_000 },
        rate: { ratePerSecond: 2.5, burst: 1 },
        sink: { type: 'stdout', write: 'payload' },
      },
    })
  })

  it('is overridden by the environment and the command line, a port by itself too', () => {
    const { listen, admin, dataDir } = load('listen: 127.0.0.2:1\ndataDir: here\n', [
      { key: 'dataDir', value: 'there', origin: 'SPILLWAY_DATA_DIR' },
      { key: 'listen', port: 9090, origin: '--port' },
      { key: 'admin', port: 9091, origin: '--admin-port' },
    ])
    expect([listen, admin, dataDir]).toEqual([
      { host: '127.0.0.2', port: 9090 },
      { host: '127.0.0.1', port: 9091 },
      'there',
    ])
  })

  it.each([
    [
      'a value',
      'bodyLimit: 3MB\n',
      'spillway.yaml:1:12 bodyLimit must be a number of bytes of at least 1, plain or as KiB, MiB, GiB ("16MiB"), got "3MB"',
    ],
    [
      'an address',
      'listen: localhost\n',
      'spillway.yaml:1:9 listen must be HOST:PORT with a port from 0 to 65535, as 127.0.0.1:8080 or [::1]:8080, got "localhost"',
    ],
    [
      'a port',
      'admin: "[::1]:70000"\n',
      'spillway.yaml:1:8 admin must be HOST:PORT with a port from 0 to 65535, as 127.0.0.1:8080 or [::1]:8080, got "[::1]:70000"',
    ],
    [
      'a key',
      'listn: 1\n',
      'spillway.yaml:1:1 the configuration has no setting "listn"; did you mean "listen"?',
    ],
    [
      'a far-off key',
      'x: 1\n',
      'spillway.yaml:1:1 the configuration has no setting "x"; it knows listen, admin, adminToken, adminHosts, dataDir, bodyLimit, bodyBudget, maxConnections, bodyTimeoutMs, feedIdleTimeoutMs, feedTimeoutMs, drainTimeoutMs, logLevel, cors, tenants, redis, jetstream, streams',
    ],
    [
      'a nested key',
      `streams:\n  a: { class: best-effort, window: { items: 1 }, whenFull: block, sink: { type: file, pth: x, path: y } }\n`,
      'spillway.yaml:2:87 streams.a.sink has no setting "pth"; did you mean "path"?',
    ],
    [
      'a missing key',
      `streams:\n  a: { class: best-effort, whenFull: block, ${SINK} }\n`,
      'spillway.yaml:2:6 streams.a.window is missing; it must be an object of settings (What is held in memory: all of a stream in memory, the part of a stored one that is next in turn)',
    ],
    [
      'a word',
      `streams:\n  a: { class: best-effort, window: { items: 1 }, whenFull: wait, ${SINK} }\n`,
      'spillway.yaml:2:60 streams.a.whenFull must be one of block, reject, drop-oldest, got "wait"',
    ],
    [
      'a sink',
      'streams:\n  a: { class: best-effort, window: { items: 1 }, whenFull: block, sink: { type: fil } }\n',
      'spillway.yaml:2:81 streams.a.sink.type must be one of file, stdout, http, module, nats, got "fil"',
    ],
    [
      'a name',
      `streams:\n  Big One: { class: best-effort, window: { items: 1 }, whenFull: block, ${SINK} }\n`,
      'spillway.yaml:2:3 streams: the name "Big One" must be a name of 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit',
    ],
    [
      'no streams',
      'streams: {}\n',
      'spillway.yaml:1:10 streams must be an object with at least one stream, got {}',
    ],
    [
      'a critical stream in memory',
      `streams:\n  a: { class: critical, store: memory, window: { items: 1 }, ${SINK} }\n`,
      'spillway.yaml:2:32 streams.a.store must be disk or jetstream on a critical stream: memory is lost with the process (or declare class: best-effort), got "memory"',
    ],
    [
      'a critical stream that drops',
      `streams:\n  a: { class: critical, window: { items: 1 }, backlog: { items: 1, bytes: 1, maxAgeMs: 1 }, whenFull: reject, ${SINK} }\n`,
      'spillway.yaml:2:103 streams.a.whenFull must be block on a critical stream, which never drops (or declare class: best-effort), got "reject"',
    ],
    [
      'a stored stream without a bound',
      `streams:\n  a: { class: critical, window: { items: 1 }, ${SINK} }\n`,
      'spillway.yaml:2:6 streams.a.backlog is missing; it must be an object with items, bytes and maxAgeMs when events are stored on the disk (What is held on the disk, or by the broker for all gateways; not in memory, where the window is all there is)',
    ],
    [
      'a batch that would never fill',
      `streams:\n  a: { class: best-effort, window: { items: 1 }, whenFull: block, concurrency: 4, batch: { size: 5 }, ${SINK} }\n`,
      'spillway.yaml:2:80 streams.a.concurrency must be at least batch.size (5), or a batch would never fill, got 4',
    ],
    [
      'a form of batches without batches',
      `streams:\n  a: { class: best-effort, window: { items: 1 }, whenFull: block, sink: { type: http, url: "http://127.0.0.1/", format: ndjson } }\n`,
      'spillway.yaml:2:121 streams.a.sink.format must be left out without batch: alone, an event is sent as it came, got "ndjson"',
    ],
    ['no object', '[1]\n', 'spillway.yaml:1:1 the configuration must be an object of settings, got [1]'],
    [
      'settings that stand beside their stream',
      'streams:\n  a:\n',
      'spillway.yaml:2:5 streams.a must be an object of settings, got nothing: indent what belongs to it, or remove it',
    ],
    [
      'a setting that stands twice',
      'listen: a\nlisten: b\n',
      'spillway.yaml:2:1 "listen" stood before, in line 1: keep one of the two',
    ],
    [
      'a key that stands twice on one line',
      'logLevel: info\ncors: { origins: "*", origins: ["https://a.example"] }\n',
      'spillway.yaml:2:23 "origins" stood before, in line 2: keep one of the two',
    ],
    ['a tab', 'streams:\n\ta: {}\n', 'spillway.yaml:2:1 Tabs are not allowed as indentation: use spaces'],
    [
      'a line indented too far',
      'streams:\n  a:\n    class: critical\n     store: disk\n',
      'spillway.yaml:3:12 Nested mappings are not allowed in compact mappings: align this line and the next, or quote a value that has ": " in it',
    ],
    [
      'a colon without a space',
      'listen:127.0.0.1\nadmin: a\n',
      'spillway.yaml:1:1 Implicit keys need to be on a single line: write NAME: VALUE, with a colon and a space',
    ],
    [
      'a value that begins with a sign',
      'dataDir: @data\n',
      'spillway.yaml:1:10 Plain value cannot start with reserved character @: quote the value',
    ],
    [
      'a second document',
      'logLevel: info\n---\nlogLevel: warn\n',
      'spillway.yaml:2:1 a configuration is one document: remove this "---", or put the rest into another file',
    ],
    [
      'an alias',
      'listen: *here\n',
      'spillway.yaml:1:9 *here names nothing: mark what it stands for with &here before it, or quote the text',
    ],
    [
      'a shared file',
      `streams:\n  a: { class: best-effort, window: { items: 1 }, whenFull: block, sink: { type: file, path: x } }\n  b: { class: best-effort, window: { items: 1 }, whenFull: block, sink: { type: file, path: ./x } }\n`,
      'spillway.yaml:3:93 streams.b.sink.path must be a file of its own: stream a writes to it, got "./x"',
    ],
  ])('that is wrong in %s is refused with its place and a remedy', (_what, text, fault) => {
    expect(faults(text)).toEqual([fault])
  })

  it('tells all its faults at once', () => {
    expect(
      faults(
        `logLevel: loud\nstreams:\n  a: { class: best-effort, window: { items: 0 }, whenFull: block, ${SINK} }\n`,
      ),
    ).toEqual([
      'spillway.yaml:1:11 logLevel must be one of debug, info, warn, error, silent, got "loud"',
      'spillway.yaml:3:45 streams.a.window.items must be an integer of at least 1, got 0',
    ])
  })

  it('names the option or variable that a wrong value came from', () => {
    expect(faults('', [{ key: 'bodyTimeoutMs', value: 'soon', origin: 'SPILLWAY_BODY_TIMEOUT_MS' }])).toEqual(
      ['SPILLWAY_BODY_TIMEOUT_MS: bodyTimeoutMs must be an integer of at least 1, got "soon"'],
    )
  })
})
