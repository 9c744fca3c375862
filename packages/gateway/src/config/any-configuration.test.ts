// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in texts are part of the subject
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadConfiguration } from './load-settings.ts'
import { type Path, textsIn } from './path.ts'
import { warningsOf } from './warnings/warnings-of.ts'

const SECRET = 'hidden-secret-0123456789'
const WHOLE = {
  listen: '0.0.0.0:8080',
  adminToken: `${SECRET}0`,
  cors: { origins: ['*'] },
  tenants: [
    { name: 'shop', key: [`${SECRET}1`, `${SECRET}2`], ratePerSecond: 500, burst: 100, streams: ['orders'] },
  ],
  redis: { url: `redis://:${SECRET}@127.0.0.1:6379`, whenAway: 'local', nodes: 2 },
  streams: {
    orders: {
      class: 'critical',
      backlog: { items: 1000, bytes: '4GiB', maxAgeMs: 1000 },
      window: { items: 2000 },
      concurrency: { min: 1, max: 64 },
      ingress: { ratePerSecond: 5, burst: 10 },
      rate: { ratePerSecond: 5 },
      sink: { type: 'http', url: 'http://127.0.0.1:9000/hook', secret: `whsec_${'A'.repeat(32)}` },
    },
    metrics: {
      class: 'best-effort',
      window: { items: 10 },
      whenFull: 'reject',
      batch: { size: 5 },
      sink: { type: 'stdout' },
    },
  },
}
const AROUND = { disk: { freeBytes: 0, storedBytes: 0 }, memoryBytes: 0, rates: { orders: 0.1 } }

/** Every place in plain data. */
function pathsIn(data: unknown, path: Path = []): readonly Path[] {
  if (typeof data !== 'object' || data === null) return [path]
  return [path, ...Object.entries(data).flatMap(([key, child]) => pathsIn(child, [...path, key]))]
}

function withValue(data: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value
  if (Array.isArray(data))
    return data.map((item, at) => (String(at) === key ? withValue(item, rest, value) : item))
  return { ...Object(data), [key]: withValue(Reflect.get(Object(data), key), rest, value) }
}

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('', '${V}', '${W}', '$${V}', '${', -1, 0, 1e300, null, [], {}, [[]], [null], {
    type: 'http',
  }),
)

it('any value in any place of a configuration is taken, or refused with its place; no secret is told', () => {
  const change = fc.tuple(fc.constantFrom(...pathsIn(WHOLE)), anything)
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const data = changes.reduce<unknown>((changed, [path, value]) => withValue(changed, path, value), WHOLE)
      const said = saidOf(JSON.stringify(data))
      expect(said.every((sentence) => /^f(:\d+:\d+)? /.test(sentence))).toBe(true)
      expect(said.filter((sentence) => sentence.includes(SECRET))).toEqual([])
    }),
    { numRuns: 50 },
  )
})

/** Faults, or the warnings of what has none. */
function saidOf(text: string): readonly string[] {
  try {
    const configuration = loadConfiguration({ name: 'f', text }, [], { V: '5', U: 'unused' })
    expect(textsIn(configuration.settings).filter(({ text }) => text.includes(SECRET))).toEqual([])
    return warningsOf(configuration, AROUND).map(({ path, sentence }) => {
      return `${configuration.placeOf(path).text} ${sentence}`
    })
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}
