import { describe, expect, expectTypeOf, it } from 'vitest'
import { CRITICALITIES, type Criticality } from '../gate/criticality.ts'
import type { Gate, Permit } from '../gate/gate.ts'
import type { TurnPolicy } from '../gate/turn.ts'
import { OptionError } from '../options/option-error.ts'
import { gateConformance } from '../testing/gate-conformance.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { COHORTS, cohortOf } from './cohort.ts'
import { PriorityShedder, type PriorityShedderOptions } from './priority-shedder.ts'

/** A queue with a server behind the shedder, in windows of 50 ms. */
class Room {
  readonly clock: VirtualClock
  readonly shedder: PriorityShedder
  readonly #queue: Permit[] = []

  constructor(clock = new VirtualClock(), options: PriorityShedderOptions = {}) {
    this.clock = clock
    this.shedder = new PriorityShedder({ clock, random: seededRandom(1), ...options })
  }

  /** In each window so many of each class arrive, and the server ends `capacity` of what queues. */
  drive(windows: number, arrivals: Partial<Record<Criticality, number>>, capacity: number): void {
    for (let window = 0; window < windows; window++) {
      for (const criticality of CRITICALITIES) {
        for (let i = 0; i < (arrivals[criticality] ?? 0); i++) {
          const answer = this.shedder.tryEnter({ criticality })
          if (answer.admitted) this.#queue.push(answer)
        }
      }
      const waitedMs = (50 * this.#queue.length) / Math.max(1, capacity) - 50
      this.shedder.admits(waitedMs, this.clock.nowMs())
      for (const permit of this.#queue.splice(0, capacity)) permit.end()
      this.clock.advance(50)
    }
  }
}

for (const { name, run } of gateConformance({
  name: 'PriorityShedder',
  make: ({ clock, random }) => {
    const room = new Room(clock, { random })
    return {
      gate: room.shedder,
      saturate: () => {
        room.drive(40, { 'critical-plus': 200 }, 1)
        return []
      },
      relieve: () => room.drive(400, {}, 200),
    }
  },
})) {
  it(name, run)
}

describe('PriorityShedder', () => {
  it('admits everything while nothing queues too long', () => {
    const room = new Room()
    room.drive(50, { sheddable: 100 }, 100)
    expect(room.shedder.stats().shedding).toBeUndefined()
    expect(room.shedder.stats().classes.sheddable.shed).toBe(0)
  })

  it('sheds the least important first, and the important not at all while there is room for them', () => {
    const room = new Room()
    room.drive(100, { critical: 30, 'sheddable-plus': 30, sheddable: 60 }, 50)
    const { classes } = room.shedder.stats()
    expect(classes.critical.shed).toBe(0)
    expect(classes['sheddable-plus'].shed).toBeGreaterThan(500)
    expect(classes.sheddable.shed).toBeGreaterThan(95 * 60)
  })

  it('keeps the server busy, and the queue short', () => {
    const room = new Room()
    room.drive(200, { critical: 30, sheddable: 90 }, 50)
    const { classes, meanWaitMs } = room.shedder.stats()
    expect(classes.critical.admitted + classes.sheddable.admitted).toBeGreaterThan(200 * 50 * 0.97)
    expect(meanWaitMs).toBeLessThan(40)
  })

  it('sheds cohorts of a class when only a part of the class must go', () => {
    const room = new Room()
    room.drive(60, { critical: 200 }, 100)
    const { shedding } = room.shedder.stats()
    expect(shedding?.criticality).toBe('critical')
    expect(shedding?.cohorts).toBeGreaterThan(50)
    expect(shedding?.cohorts).toBeLessThan(80)
  })

  it('gives asks of one key one fate, and another one in another epoch', () => {
    const room = new Room(new VirtualClock(), { epochMs: 60_000 })
    const fates = (): boolean[] =>
      Array.from({ length: 50 }, (_, user) => room.shedder.tryEnter({ key: `user ${user}` }).admitted)
    room.drive(60, { critical: 200 }, 100)
    const first = fates()
    expect(fates()).toEqual(first)
    expect(new Set(first)).toEqual(new Set([true, false]))
    room.drive(1200, { critical: 200 }, 100)
    expect(fates()).not.toEqual(first)
  })

  it('lets something through even when nothing completes, so that a recovery is noticed', () => {
    const room = new Room()
    room.drive(100, { 'critical-plus': 300 }, 0)
    const before = room.shedder.stats().classes['critical-plus'].admitted
    room.drive(10, { 'critical-plus': 300 }, 0)
    const after = room.shedder.stats().classes['critical-plus'].admitted
    expect(after).toBeGreaterThan(before)
    expect(after - before).toBeLessThan(10 * 300 * 0.05)
  })

  it('takes everything back once nothing queues any more, and after a pause', () => {
    const room = new Room()
    room.drive(40, { critical: 200 }, 100)
    room.drive(100, { critical: 80 }, 100)
    expect(room.shedder.stats().shedding).toBeUndefined()
    room.drive(40, { critical: 200 }, 100)
    expect(room.shedder.stats().shedding).toBeDefined()
    room.clock.advance(60_000)
    expect(room.shedder.tryEnter({ criticality: 'critical' }).admitted).toBe(true)
    expect(room.shedder.stats().shedding).toBeUndefined()
  })

  it('goes on drawing its line after the clock was set back', () => {
    const room = new Room(new VirtualClock(1e9))
    room.drive(40, { critical: 200 }, 100)
    expect(room.shedder.stats().shedding).toBeDefined()
    room.clock.step(-1e8)
    room.drive(100, { critical: 80 }, 100)
    expect(room.shedder.stats().shedding).toBeUndefined()
  })

  it('ends a permit once', () => {
    const { shedder } = new Room()
    const answer = shedder.tryEnter()
    if (answer.admitted) {
      answer.cancel()
      answer.end()
    }
    expect(shedder.stats().classes.critical).toEqual({ admitted: 1, shed: 0 })
  })

  it('refuses a criticality that is none, by name, and takes nothing', () => {
    const { shedder } = new Room()
    // @ts-expect-error: no criticality
    expect(() => shedder.tryEnter({ criticality: 'urgent' })).toThrow(OptionError)
    // @ts-expect-error: no criticality
    expect(() => shedder.tryEnter({ criticality: 'urgent' })).toThrow(
      'must be one of "critical-plus", "critical"',
    )
    expect(shedder.stats().classes.critical.admitted).toBe(0)
  })

  it('is a Gate and a TurnPolicy', () => {
    expectTypeOf<PriorityShedder>().toExtend<Gate & TurnPolicy>()
  })
})

describe('cohortOf', () => {
  it('spreads keys evenly, and differently with each epoch and salt', () => {
    const counts = new Array<number>(COHORTS).fill(0)
    let moved = 0
    for (let i = 0; i < 12_800; i++) {
      const cohort = cohortOf(`user-${i}`, 0, 99)
      counts[cohort]!++
      if (cohortOf(`user-${i}`, 1, 99) !== cohort && cohortOf(`user-${i}`, 0, 98) !== cohort) moved++
    }
    expect(Math.min(...counts)).toBeGreaterThan(60)
    expect(Math.max(...counts)).toBeLessThan(150)
    expect(moved).toBeGreaterThan(12_500)
  })
})
