import { describe, expect, it } from 'vitest'
import { streamSettings } from '../config/stream-settings.ts'
import { changedSettings, readStreamChange } from './stream-change.ts'

const stored = streamSettings.parse({
  class: 'critical',
  window: { items: 100 },
  backlog: { items: 1000, bytes: 1000, maxAgeMs: 1000 },
  rate: { ratePerSecond: 5, burst: 1 },
  sink: { type: 'stdout' },
})
const inMemory = streamSettings.parse({
  class: 'best-effort',
  window: { items: 100 },
  whenFull: 'reject',
  sink: { type: 'stdout' },
})

function fault(given: unknown, settings: Parameters<typeof readStreamChange>[1] = {}): string {
  const read = readStreamChange(given, settings)
  return read.ok ? 'none' : read.faults.join('; ')
}

describe('a change of a stream', () => {
  it.each([
    [[], 'the body must be an object with the settings to change, got []'],
    [undefined, 'the body must be an object with the settings to change, got nothing'],
    [{}, 'nothing to change; send one of paused, rate, ingress, windowItems, concurrency'],
    [{ pause: true }, 'a stream has no setting "pause" to change; did you mean "paused"?'],
    [{ paused: 1 }, 'paused must be true or false, got 1'],
    [{ rate: 5 }, 'rate must be an object with ratePerSecond and burst, or null for no bound, got 5'],
    [{ rate: { ratePerSecond: 0, burst: 1 } }, 'rate.ratePerSecond must be a number above 0, got 0'],
    [
      { ingress: { ratePerSecond: 1, burst: 0.5 } },
      'ingress.burst must be an integer of at least 1, got 0.5',
    ],
    [{ ingress: { ratePerSecond: 1 } }, 'ingress.burst must be an integer of at least 1, got nothing'],
    [{ windowItems: 0 }, 'windowItems must be an integer of at least 1, got 0'],
    [{ windowItems: 1e9 }, 'windowItems must be an integer from 1 to 10000000, got 1000000000'],
    [
      { concurrency: 'all' },
      'concurrency must be an integer of at least 1, or { min, max } to learn it, got "all"',
    ],
    [{ concurrency: 0 }, 'concurrency must be an integer of at least 1, got 0'],
  ])('%j is refused with the key, the value and what to send instead', (given, sentence) => {
    expect(fault(given)).toBe(sentence)
  })

  it('refuses bounds that are no bounds, and what would never fill a batch', () => {
    expect(fault({ concurrency: { min: 5, max: 2 } })).toMatch(
      /^concurrency must be .*, got \{"min":5,"max":2\}$/,
    )
    expect(fault({ concurrency: 3 }, { batch: { size: 10, intervalMs: 1, maxBytes: 1024 } })).toBe(
      'concurrency must be at least batch.size (10), or a batch would never fill, got 3',
    )
  })

  it('tells every fault at once', () => {
    expect(fault({ paused: 'yes', windowItems: -1 })).toBe(
      'paused must be true or false, got "yes"; windowItems must be an integer of at least 1, got -1',
    )
  })

  it('leaves what it does not name, and takes a rate away with null', () => {
    expect(changedSettings(stored, { concurrency: 4 })).toEqual({ ...stored, concurrency: 4 })
    expect(changedSettings(stored, { rate: null }).rate).toBeUndefined()
    expect(changedSettings(stored, { ingress: { ratePerSecond: 1, burst: 2 } }).ingress).toEqual({
      ratePerSecond: 1,
      burst: 2,
    })
  })

  it('resizes the window over a stored backlog, and in memory all that the stream holds', () => {
    expect(changedSettings(stored, { windowItems: 7 })).toMatchObject({
      window: { items: 7 },
      backlog: { items: 1000 },
    })
    expect(changedSettings(inMemory, { windowItems: 7 })).toMatchObject({
      window: { items: 7 },
      backlog: { items: 7 },
    })
  })
})
