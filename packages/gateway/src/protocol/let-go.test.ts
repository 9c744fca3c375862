import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FeedLines } from './feed-lines.ts'
import { payloadsOfJson, payloadsOfNdjson } from './payloads.ts'

const PADDING = ' '.repeat(100_000)
const EVENT = '{"a":1}'

function payloadsOf(text: string, form: 'json' | 'ndjson' | 'feed'): readonly Uint8Array[] {
  const body = Buffer.from(text)
  if (form === 'feed') return new FeedLines(2 ** 20).push(body).lines.map(({ payload }) => payload)
  const result = form === 'json' ? payloadsOfJson(body, 1000) : payloadsOfNdjson(body, 1000)
  if (result.kind !== 'payloads') throw new Error(result.kind)
  return result.payloads
}

/** What is kept alive by payloads. */
function keptBytes(payloads: readonly Uint8Array[]): number {
  return [...new Set(payloads.map(({ buffer }) => buffer))].reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  )
}

describe('the payloads of a body that is mostly white space', () => {
  it.each([
    ['json', `${PADDING}${EVENT}${PADDING}`, 1],
    ['json', `[${PADDING}${EVENT},${PADDING}${EVENT}]`, 2],
    ['ndjson', `${EVENT}${PADDING}\n${PADDING}${EVENT}`, 2],
    ['feed', `${PADDING}${EVENT}\n${EVENT}${PADDING}\n`, 2],
  ] as const)('keep nothing of it alive (%s)', (form, text, count) => {
    const payloads = payloadsOf(text, form)
    expect(payloads.map((payload) => Buffer.from(payload).toString())).toEqual(new Array(count).fill(EVENT))
    expect(keptBytes(payloads)).toBe(count * EVENT.length)
  })

  it('are the bytes as received, and keep at most twice as many and a little more alive, whatever is between them', () => {
    const spaced = fc.tuple(fc.jsonValue(), fc.nat(2000)).map(([value, spaces]) => {
      return { text: JSON.stringify(value), spaces: ' '.repeat(spaces) }
    })
    fc.assert(
      fc.property(fc.array(spaced, { minLength: 1, maxLength: 20 }), (events) => {
        const text = `[${events.map(({ text, spaces }) => spaces + text).join(',')}]`
        const payloads = payloadsOf(text, 'json')
        expect(payloads.map((payload) => Buffer.from(payload).toString())).toEqual(
          events.map((event) => event.text),
        )
        const bytes = payloads.reduce((sum, { length }) => sum + length, 0)
        // A small buffer is cut from a pool: then its whole is not this body's.
        const kept = payloads[0]?.buffer.byteLength === 8192 ? bytes : keptBytes(payloads)
        expect(kept).toBeLessThanOrEqual(2 * bytes + 256)
      }),
    )
  })

  it('are slices of the body when they are a good part of it', () => {
    const payloads = payloadsOf(`[${new Array(1000).fill(EVENT).join(', ')}]`, 'json')
    expect(new Set(payloads.map(({ buffer }) => buffer)).size).toBe(1)
    expect(keptBytes(payloads)).toBeGreaterThan(1000 * EVENT.length)
  })
})
