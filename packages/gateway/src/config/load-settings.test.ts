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
      whenFull: 'block',
      sink: { type: 'file', path: 'data/events.ndjson' },
    })
    expect(streams['metrics']).toMatchObject({
      whenFull: 'reject',
      sink: { type: 'file', path: 'data/metrics.ndjson' },
    })
    for (const stream of Object.values(streams)) expect(stream.capacity).toBeGreaterThanOrEqual(10_000)
  })

  it('are the same with an empty file', () => {
    expect(load('# nothing yet\n')).toEqual(loadSettings(undefined))
  })
})

describe('a configuration', () => {
  it('fills in the defaults of a stream, and reads sizes with a unit', () => {
    const { bodyLimit, streams } = load(
      `bodyLimit: 64KiB\nstreams:\n  orders: { capacity: 5, whenFull: drop-oldest, rate: { ratePerSecond: 2.5 }, ${SINK} }\n`,
    )
    expect(bodyLimit).toBe(65_536)
    expect(streams).toEqual({
      orders: {
        capacity: 5,
        capacityBytes: 64 * 2 ** 20,
        whenFull: 'drop-oldest',
        enqueueTimeoutMs: 100,
        maxWaiting: 1024,
        concurrency: 1024,
        rate: { ratePerSecond: 2.5, burst: 1 },
        sink: { type: 'stdout' },
      },
    })
  })

  it('is overridden by the environment and the command line, a port by itself too', () => {
    const { listen, admin, dataDir } = load('listen: 0.0.0.0:1\ndataDir: here\n', [
      { key: 'dataDir', value: 'there', origin: 'SPILLWAY_DATA_DIR' },
      { key: 'listen', port: 9090, origin: '--port' },
      { key: 'admin', port: 9091, origin: '--admin-port' },
    ])
    expect([listen, admin, dataDir]).toEqual([
      { host: '0.0.0.0', port: 9090 },
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
      'spillway.yaml:1:1 the configuration has no setting "x"; it knows listen, admin, dataDir, bodyLimit, bodyBudget, maxConnections, bodyTimeoutMs, drainTimeoutMs, logLevel, streams',
    ],
    [
      'a nested key',
      `streams:\n  a: { capacity: 1, whenFull: block, sink: { type: file, pth: x, path: y } }\n`,
      'spillway.yaml:2:58 streams.a.sink has no setting "pth"; did you mean "path"?',
    ],
    [
      'a missing key',
      `streams:\n  a: { whenFull: block, ${SINK} }\n`,
      'spillway.yaml:2:6 streams.a.capacity is missing; it must be an integer of at least 1 (Events that may wait in memory)',
    ],
    [
      'a word',
      `streams:\n  a: { capacity: 1, whenFull: wait, ${SINK} }\n`,
      'spillway.yaml:2:31 streams.a.whenFull must be one of block, reject, drop-oldest, got "wait"',
    ],
    [
      'a sink',
      'streams:\n  a: { capacity: 1, whenFull: block, sink: { type: fil } }\n',
      'spillway.yaml:2:52 streams.a.sink.type must be one of file, stdout, got "fil"',
    ],
    [
      'a name',
      `streams:\n  Big One: { capacity: 1, whenFull: block, ${SINK} }\n`,
      'spillway.yaml:2:3 streams: the name "Big One" must be a name of 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit',
    ],
    [
      'no streams',
      'streams: {}\n',
      'spillway.yaml:1:10 streams must be an object with at least one stream, got {}',
    ],
    ['no object', '[1]\n', 'spillway.yaml:1:1 the configuration must be an object of settings, got [1]'],
    ['YAML', 'listen: a\nlisten: b\n', 'spillway.yaml:2:1 Map keys must be unique'],
    [
      'a shared file',
      `streams:\n  a: { capacity: 1, whenFull: block, sink: { type: file, path: x } }\n  b: { capacity: 1, whenFull: block, sink: { type: file, path: ./x } }\n`,
      "spillway.yaml:3:64 streams.b.sink.path is a's file too; give each stream its own",
    ],
  ])('that is wrong in %s is refused with its place and a remedy', (_what, text, fault) => {
    expect(faults(text)).toEqual([fault])
  })

  it('tells all its faults at once', () => {
    expect(faults(`logLevel: loud\nstreams:\n  a: { capacity: 0, whenFull: block, ${SINK} }\n`)).toEqual([
      'spillway.yaml:1:11 logLevel must be one of debug, info, warn, error, silent, got "loud"',
      'spillway.yaml:3:18 streams.a.capacity must be an integer of at least 1, got 0',
    ])
  })

  it('names the option or variable that a wrong value came from', () => {
    expect(faults('', [{ key: 'bodyTimeoutMs', value: 'soon', origin: 'SPILLWAY_BODY_TIMEOUT_MS' }])).toEqual(
      ['SPILLWAY_BODY_TIMEOUT_MS: bodyTimeoutMs must be an integer of at least 1, got "soon"'],
    )
  })
})
