// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in texts are the subject
import { describe, expect, it } from 'vitest'
import { loadConfiguration } from '../load-settings.ts'
import type { Surroundings } from './warning.ts'
import { warningsOf } from './warnings-of.ts'

const ROOMY: Surroundings = {
  disk: { freeBytes: 100 * 2 ** 30, storedBytes: 0 },
  memoryBytes: 4 * 2 ** 30,
  rates: {},
}
const KEY = 'a-key-of-sixteen-characters'
const HOOK_SECRET = `whsec_${Buffer.alloc(24, 'k').toString('base64')}`

function warnings(text: string, around: Partial<Surroundings> = {}): readonly string[] {
  const environment = { SHOP_KEY: KEY, OTHER: KEY, HOOK_SECRET }
  const configuration = loadConfiguration({ name: 'f', text }, [], environment)
  return warningsOf(configuration, { ...ROOMY, ...around }).map(({ path, sentence }) => {
    return `${configuration.placeOf(path).text} ${sentence}`
  })
}

/** A stream in memory with these settings more. */
function memory(more: string, window = 100): string {
  return `streams: { a: { class: best-effort, whenFull: block, sink: { type: stdout }, window: { items: ${window} }, ${more} } }\n`
}

/** A stream on the disk. */
function disk(more: string, bytes = '1GiB'): string {
  return `streams: { a: { class: critical, sink: { type: stdout }, window: { items: 10 }, backlog: { items: 1000, bytes: ${bytes}, maxAgeMs: 60000 }, ${more} } }\n`
}

describe('a check', () => {
  it('has nothing against the settings without a file', () => {
    expect(warnings('')).toEqual([])
  })

  it.each([
    [
      'a window that is a time bomb at its rate',
      memory('rate: { ratePerSecond: 1 }'),
      'f:1:95 streams.a.window.items is a time bomb: 100 events are 100 s of work at 1 a second (its rate), and nobody waits longer than 60 s: once full, the stream delivers only what comes too late; lower it to 60 or less',
    ],
    [
      'a wait above what people have patience for',
      memory('enqueueTimeoutMs: 1500'),
      'f:1:120 streams.a.enqueueTimeoutMs lets a request wait 1.5 s for a place, and a person who waits loses the thread after 1 s: the wait is then in vain, and the repetition comes on top; lower it to 1000 or less',
    ],
    [
      'a wait above what exporters have patience for',
      disk('enqueueTimeoutMs: 12000'),
      /enqueueTimeoutMs lets a request wait 12 s for a place, and OTLP exporters give up after 10 s, .*; lower it to 10000 or less$/,
    ],
    [
      'a wait above what senders of webhooks have patience for',
      disk('enqueueTimeoutMs: 5000'),
      /senders of webhooks give up .*; lower it to 3000 or less$/,
    ],
    [
      'attempts that never come',
      disk('retry: { attempts: 20, baseMs: 1000, maxMs: 60000 }'),
      /^f:1:\d+ streams.a.retry allows pauses of 14.1 min in all, and after backlog.maxAgeMs, 60 s, /,
    ],
    [
      'a delivery longer than a stop',
      memory('').replace('type: stdout', 'type: http, url: "http://127.0.0.1/", timeoutMs: 20000'),
      /streams.a.sink.timeoutMs is 20 s, and a stop waits for 10 s \(drainTimeoutMs\)/,
    ],
    [
      'a stop longer than its grace',
      `drainTimeoutMs: 25001\n${memory('')}`,
      /^f:1:17 drainTimeoutMs lets a stop take 30 s, .* stream a is in memory and loses the rest; lower it to 25000 or less/,
    ],
    [
      'bodies that can never be read',
      'bodyBudget: 1MiB\n',
      /^f:1:13 bodyBudget, 1.0 MiB, is less than one body of bodyLimit, 16 MiB: bodies above 1.0 MiB are refused with 413/,
    ],
    [
      'bodies that can never be read for one tenant',
      'bodyBudget: 31MiB\ntenants: [{ name: t, key: "${SHOP_KEY}" }]\n',
      /^f:1:13 bodyBudget, 31 MiB, of which one tenant has at most half, is less than .* bodies above 16 MiB are/,
    ],
    [
      'ids that are forgotten',
      memory('ingress: { ratePerSecond: 1000, burst: 10 }'),
      /streams.a.dedupe.maxKeys remembers 100,000 ids, which at 1,000 events a second \(ingress\) are those of 100 s, not of 10 min .* raise it to 600,000/,
    ],
    [
      'signatures that outlast the memory of ids',
      memory('dedupe: { windowMs: 60000 }, verify: { type: standard-webhooks, secret: "${HOOK_SECRET}" }'),
      /streams.a.dedupe.windowMs forgets an id after 60 s, and its signature may be good for 10 min \(twice verify.toleranceMs\): .* raise it to 600000, or/,
    ],
    [
      'no place for a dead letter',
      memory('deadLetters: { items: 0 }'),
      /streams.a.deadLetters has no place for a dead letter/,
    ],
    [
      'a batch larger than the window',
      memory('batch: { size: 200 }'),
      /streams.a.batch.size is 200, and only 100 events are in memory/,
    ],
    [
      'a batch that its rate cannot fill',
      memory('batch: { size: 50 }, rate: { ratePerSecond: 10, burst: 39 }'),
      /streams.a.batch.size is 50, and rate lets at most 49 events start within 1 s \(burst 39, 10 a second\): .* raise rate.burst to 50/,
    ],
    [
      'a batch that is more than what is learned',
      memory('batch: { size: 50 }, concurrency: { min: 1, max: 64 }'),
      /streams.a.concurrency.min is 1, and a batch has 50 events \(batch.size\): while .* every batch is late by batch.intervalMs, 1 s, and never full; raise it to 50, or lower batch.size$/,
    ],
    [
      'a batch of a stream that keeps order',
      memory('batch: { size: 50 }, orderBy: /k'),
      /streams.a.batch with orderBy holds one event of each key/,
    ],
    [
      'a burst larger than the stream',
      memory('ingress: { ratePerSecond: 10, burst: 200 }'),
      /streams.a.ingress.burst allows batches of 200 events, and the stream holds 100/,
    ],
    [
      'a tenant whose bursts are smaller than the stream’s batches',
      `tenants: [{ name: t, key: "\${SHOP_KEY}", ratePerSecond: 5 }]\n${memory('ingress: { ratePerSecond: 10, burst: 20 }')}`,
      /^f:1:\d+ tenants.0.burst is 5, and stream a takes batches of 20 \(ingress.burst\): .* raise it to 20/,
    ],
    [
      'a secret in the file',
      `tenants: [{ name: t, key: ["\${SHOP_KEY}", ${KEY}2] }]\n`,
      'f:1:43 tenants.0.key.1 is typed into the file, where whoever reads it or its history finds it: put it into the environment, and write ${T_KEY}',
    ],
    ['pages of everybody', 'cors: { origins: ["*"] }\n', /^f:1:19 cors.origins.0 lets every page/],
    [
      'an order that several gateways cannot keep',
      `jetstream: { servers: ["nats://127.0.0.1:4222"] }\n${disk('orderBy: /k')}`,
      /^f:2:\d+ streams.a.orderBy keeps the order of what is on its own disk, and jetstream says that there are several gateways: .*; keep the stream on jetstream/,
    ],
    [
      'a password in the file',
      'redis: { url: "redis://:hidden@10.0.0.1", whenAway: allow }\ntenants: [{ name: t, key: "${SHOP_KEY}", ratePerSecond: 5 }]\n',
      /^f:1:15 redis.url is typed into the file, .*, and write \$\{REDIS_URL\}$/,
    ],
    [
      'a Redis that nobody needs',
      'redis: { url: "redis://${OTHER}", whenAway: allow }\n',
      /^f:1:8 redis has nothing to share/,
    ],
  ])('warns of %s, with place, numbers and remedy', (_what, text, sentence) => {
    expect(warnings(text)).toEqual([
      typeof sentence === 'string' ? sentence : expect.stringMatching(sentence),
    ])
  })

  it.each([
    ['a window at the longest patience', memory('rate: { ratePerSecond: 2 }', 120)],
    [
      'a wait that nobody makes',
      memory('enqueueTimeoutMs: 60000').replace('whenFull: block', 'whenFull: reject'),
    ],
    ['the patience itself', memory('enqueueTimeoutMs: 1000')],
    ['a stop that fits its grace', `drainTimeoutMs: 25000\n${memory('')}`],
    ['a long stop of streams that lose nothing', `drainTimeoutMs: 60000\n${disk('')}`],
    ['a batch that its rate fills', memory('batch: { size: 50 }, rate: { ratePerSecond: 10, burst: 40 }')],
    [
      'pages of everybody, with keys',
      'cors: { origins: ["*"] }\ntenants: [{ name: t, key: "${SHOP_KEY}" }]\n',
    ],
    [
      'a Redis without a password',
      'redis: { url: "redis://10.0.0.1", whenAway: allow }\ntenants: [{ name: t, key: "${SHOP_KEY}", ratePerSecond: 5 }]\n',
    ],
    ['an order of one gateway', disk('orderBy: /k')],
    [
      'ids that are kept as long as signatures are good',
      disk('verify: { type: standard-webhooks, secret: "${HOOK_SECRET}" }'),
    ],
    [
      'a tenant without a rate',
      `tenants: [{ name: t, key: "\${SHOP_KEY}" }]\n${memory('ingress: { ratePerSecond: 10, burst: 20 }')}`,
    ],
  ])('has nothing against %s', (_what, text) => {
    expect(warnings(text)).toEqual([])
  })

  it('takes the rate that was measured before the one that is set', () => {
    const rates = { a: 0.5 }
    expect(warnings(memory('rate: { ratePerSecond: 100 }'), { rates })[0]).toContain(
      '100 events are 3.3 min of work at 0.5 a second (--rate)',
    )
    expect(warnings(disk('').replace('items: 10 }', 'items: 90 }'), { rates: { a: 1 } })[0]).toMatch(
      /90 events are 90 s of work at 1 a second .*, and the backlog holds them anyway: in memory they only take room; lower it to 60 or less$/,
    )
  })

  it('counts backlogs, dead letters and envelopes of all streams on the disk against what is free and what is stored', () => {
    const around = (free: number) => ({ disk: { freeBytes: free, storedBytes: 2 ** 29 } })
    const needed = 2 ** 30 + 64 * 2 ** 20 + 11_000 * 200 - 2 ** 29 + 64 * 2 ** 20
    expect(warnings(disk(''), around(needed))).toEqual([])
    expect(warnings(disk(''), around(needed - 1))).toEqual([
      expect.stringMatching(
        /^f:1:\d+ streams.a.backlog.bytes is more than the disk: backlog and dead letters of a may take 1.1 GiB with their envelopes, and dataDir has room for 1.1 GiB; /,
      ),
    ])
  })

  it('counts windows, ids and bodies against the memory', () => {
    expect(warnings(memory(''), { memoryBytes: 2 ** 28 })).toEqual([
      expect.stringMatching(
        /^f:1:\d+ streams.a.window is part of more than the memory: .* may take 311 MiB, and the process may take 256 MiB/,
      ),
    ])
  })
})
