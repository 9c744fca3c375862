import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { WIDE } from '../src/store/conformance/store-promise.ts'
import { MemoryStore } from '../src/store/memory/memory-store.ts'
import type { NewEvent, StreamOptions, StreamStore } from '../src/store/store.ts'
import { DiskHarness } from './store-disk-harness.ts'

/**
 * The model is the store in memory: whatever is done to both, both answer the
 * same. A restart happens to the disk alone, and must change nothing.
 */
type Step =
  | {
      readonly do: 'append'
      readonly ids: readonly number[]
      readonly size: number
      readonly dedupe: boolean
    }
  | { readonly do: 'settle' | 'defer' | 'dead' | 'replay' | 'purge'; readonly picks: readonly number[] }
  | { readonly do: 'kill' | 'stop' }
  | { readonly do: 'wait'; readonly ms: number }

const picks = fc.array(fc.nat(30), { minLength: 1, maxLength: 6 })
const append = fc.record({
  do: fc.constant('append' as const),
  ids: fc.array(fc.nat(60), { minLength: 1, maxLength: 6 }),
  size: fc.constantFrom(0, 1, 100, 900, 5_000),
  dedupe: fc.boolean(),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: append },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('settle', 'defer', 'dead', 'replay', 'purge'), picks }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('kill', 'stop') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(8_000) }) },
)

const OPTIONS: StreamOptions = {
  ...WIDE,
  backlog: { items: 40, bytes: 60_000, maxAgeMs: 1e9 },
  deadLetters: { items: 5, bytes: 12_000 },
  // Ids that are forgotten by number may be remembered longer after a restart, never shorter.
  dedupe: { windowMs: 10_000, maxKeys: 1_000 },
}
const RUNS = Number(process.env['STORE_MODEL_RUNS'] ?? 60)
const ALL = { after: 0, maxItems: 1_000 }

const eventOf = (id: number, step: Step & { do: 'append' }, nowMs: number): NewEvent => ({
  id: `id-${id}`,
  receivedAtMs: nowMs,
  tenant: 't',
  contentType: 'text/plain',
  payload: Buffer.alloc(step.size, id),
  dedupe: step.dedupe,
})

/** Does one step to one store; what it answers is compared. */
async function perform(stream: StreamStore, step: Step, nowMs: number): Promise<unknown> {
  const queued = [
    ...(await stream.read(ALL)).map((event) => event.seq),
    ...stream.deferred().map(({ seq }) => seq),
  ]
  const letters = (await stream.listDeadLetters(ALL)).map((letter) => letter.seq)
  const pick = (from: readonly number[], all: readonly number[]): number[] =>
    from.map((i) => all[i % Math.max(1, all.length)] ?? 999)
  if (step.do === 'append') {
    const result = await stream.append(step.ids.map((id) => eventOf(id, step, nowMs)))
    return result.taken ? [result.accepted, result.duplicates] : [result.reason, result.index]
  }
  if (step.do === 'settle') return stream.settle(pick(step.picks, queued), 'delivered')
  if (step.do === 'defer') {
    return stream.defer(pick(step.picks, queued).map((seq) => ({ seq, attempts: seq % 7, dueAtMs: seq })))
  }
  if (step.do === 'dead')
    return stream.deadLetter(pick(step.picks, queued)[0] ?? 0, `because ${queued.length}`)
  if (step.do === 'replay') {
    const result = await stream.replayDeadLetters(pick(step.picks, letters))
    return result.taken ? result.accepted : result.reason
  }
  if (step.do === 'purge') return stream.purgeDeadLetters(pick(step.picks, letters))
  return undefined
}

/** All that can be asked of a stream, in a form that can be compared. */
async function picture(stream: StreamStore): Promise<unknown> {
  const events = await stream.read(ALL)
  const letters = await stream.listDeadLetters(ALL)
  const waiting = await Promise.all(stream.deferred().map(({ seq }) => stream.get(seq)))
  const { backlog, deadLetters, deferred } = stream.counts()
  const plain = (all: readonly (object | undefined)[]): unknown =>
    all.map((event) => ({
      ...event,
      dedupe: null,
      payload: Buffer.from(Reflect.get(event ?? {}, 'payload')).toString('hex'),
    }))
  const sorted = [...waiting].sort((a, b) => (a?.seq ?? 0) - (b?.seq ?? 0))
  return {
    events: plain(events),
    letters: plain(letters),
    waiting: plain(sorted),
    backlog,
    deadLetters,
    deferred,
  }
}

const balance = (stream: StreamStore): number => {
  const { accepted, recovered, delivered, failed, evicted, purged, backlog, deadLetters } = stream.counts()
  return accepted + recovered - delivered - failed - evicted - purged - backlog.items - deadLetters.items
}

it('a store on the disk answers like one in memory, over any stops and kills', {
  timeout: 60_000 + 1_000 * RUNS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const root = await mkdtemp(join(tmpdir(), 'spillway-model-'))
      const harness = new DiskHarness(root, { segmentBytes: 4_096 })
      const memory = new MemoryStore({ wallNowMs: () => harness.nowMs })
      const model = await memory.openStream('events', OPTIONS)
      let stream = await (await harness.open()).openStream('events', OPTIONS)
      try {
        for (const step of steps) {
          if (step.do === 'wait') harness.nowMs += step.ms
          else if (step.do === 'kill' || step.do === 'stop') {
            if (step.do === 'kill') await harness.kill()
            await harness.end()
            stream = await (await harness.open()).openStream('events', OPTIONS)
          } else {
            const expected = await perform(model, step, harness.nowMs)
            expect(await perform(stream, step, harness.nowMs)).toEqual(expected)
          }
          expect(await picture(stream)).toEqual(await picture(model))
          expect([balance(stream), balance(model)]).toEqual([0, 0])
        }
        expect(harness.warnings).toEqual([])
      } finally {
        await harness.end()
        await rm(root, { recursive: true, force: true })
      }
    }),
    { numRuns: RUNS },
  )
})
