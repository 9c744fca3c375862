/**
 * The suite itself: each of its promises is broken by a gate with one fault, and it says so.
 */
import { describe, expect, it } from 'vitest'
import type { CallbackGate } from '../gate/callback-gate.ts'
import type { Permit } from '../gate/gate.ts'
import { EMPTY_PERMIT } from '../gate/permits.ts'
import { refusal, refusalError } from '../gate/refusal.ts'
import { gateConformance } from './gate-conformance.ts'
import type { GateSurroundings, GateUnderTest } from './gate-conformance-subject.ts'
import { gateWithPlaces } from './gate-with-places.ts'
import { promisesSettled } from './virtual-clock.ts'

type Places = ReturnType<typeof gateWithPlaces>
/** What a fault changes of a sound gate of three places and two who may wait. */
type Fault = (places: Places, around: GateSurroundings) => Partial<CallbackGate & GateUnderTest>

const EXTRA = ['capacity', 'maxWaiting', 'taken', 'endMakesRoom'] as const

function faulty(fault: Fault): (around: GateSurroundings) => GateUnderTest {
  return (around) => {
    const places = gateWithPlaces(3, around.clock, 2)
    const changes = fault(places, around)
    const gate: CallbackGate = {
      tryEnter: changes.tryEnter ?? ((ask) => places.tryEnter(ask)),
      enter: changes.enter ?? ((ask) => places.enter(ask)),
      request: changes.request ?? ((ask, listener) => places.request(ask, listener)),
    }
    const sound = { capacity: 3, maxWaiting: 2, taken: () => places.inFlight }
    const extra = Object.fromEntries(EXTRA.flatMap((key) => (key in changes ? [[key, changes[key]]] : [])))
    return { gate, ...sound, ...extra }
  }
}

/** The names of the promises that are broken; one that hangs in virtual time is. */
async function brokenBy(make: (around: GateSurroundings) => GateUnderTest): Promise<string[]> {
  const broken: string[] = []
  for (const { name, run } of gateConformance({ name: 'it', make })) {
    const hangs = async (): Promise<never> => {
      for (let turn = 0; turn < 100; turn++) await promisesSettled()
      throw new Error('hangs')
    }
    await Promise.race([run(), hangs()]).catch(() => broken.push(name.slice('it: '.length)))
  }
  return broken
}

/** A permit like another, but for what is changed. */
function like(permit: Permit, changes: Partial<Permit>): Permit {
  return {
    admitted: true,
    end: (outcome) => permit.end(outcome),
    cancel: () => permit.cancel(),
    ...changes,
  }
}

/** A sound gate whose permits are changed. */
function withPermits(change: (permit: Permit, places: Places) => Permit): Fault {
  return (places) => ({
    tryEnter: (ask) => {
      const answer = places.tryEnter(ask)
      return answer.admitted ? change(answer, places) : answer
    },
    enter: async (ask) => change(await places.enter(ask), places),
  })
}

/** A sound gate whose refusals are changed. */
function withRefusals(change: (places: Places, around: GateSurroundings) => { retryAfterMs: number }): Fault {
  return (places, around) => ({
    tryEnter: (ask) => {
      const answer = places.tryEnter(ask)
      return answer.admitted ? answer : { ...answer, ...change(places, around) }
    },
  })
}

let gatesMade = 0

const faults: Readonly<Record<string, Fault>> = {
  'starts nothing it refuses': (places) => ({
    enter: (ask) => places.enter(ask).catch(() => EMPTY_PERMIT),
  }),
  'tells the scope of its code, and no time in the past': withRefusals(() => ({ retryAfterMs: -1 })),
  'admits at the time it named, if nothing else arrived': withRefusals(() => ({ retryAfterMs: 10 })),
  'admits again once it is relieved': (places) => {
    let isStuck = false
    return {
      tryEnter: (ask) => {
        const answer = isStuck ? refusal('ERR_SHED') : places.tryEnter(ask)
        isStuck = !answer.admitted
        return answer
      },
    }
  },
  'admits at once as many as it says, and no more': () => ({ capacity: 4 }),
  'changes nothing by refusing': (places) => {
    let refusals = 0
    return {
      tryEnter: (ask) => {
        if (refusals >= 50) return refusal('ERR_SHED')
        const answer = places.tryEnter(ask)
        if (!answer.admitted) refusals++
        return answer
      },
    }
  },
  'gives everything back on cancel': withPermits((permit) => like(permit, { cancel: () => {} })),
  'ends each permit once': (places, around) => {
    const held: Permit[] = []
    const endsAnother = withPermits((permit) => {
      held.push(permit)
      const end = (): void => {
        permit.end()
        held.shift()?.cancel()
      }
      return like(permit, { end })
    })
    return endsAnother(places, around)
  },
  'ends with whatever outcome it is told': withPermits((permit) => {
    return like(permit, {
      end: (outcome = 'success') => {
        if (['success', 'failure', 'ignored'].includes(outcome)) permit.end(outcome)
      },
    })
  }),
  'leaves an aborted caller untouched, and is untouched by it': (places) => ({
    enter: async (ask) => {
      const answer = places.tryEnter()
      if (!answer.admitted) return places.enter(ask)
      ask?.signal?.throwIfAborted()
      return answer
    },
  }),
  'refuses a wrong ask with an OptionError, and keeps nothing of it': (places) => ({
    tryEnter: (ask) => places.tryEnter({ ...ask, cost: ask?.cost === -1 ? 1 : (ask?.cost ?? 1) }),
  }),
  'takes what is null as left out, and any text as a key': (places) => ({
    tryEnter: (ask) => (ask?.key && ask.key.length > 1000 ? refusal('ERR_SHED') : places.tryEnter(ask)),
  }),
  'loses nothing to a clock that steps': (places, { clock }) => {
    let lastMs = 0
    return {
      tryEnter: (ask) => {
        if (clock.nowMs() < lastMs) return refusal('ERR_SHED')
        lastMs = clock.nowMs()
        return places.tryEnter(ask)
      },
    }
  },
  'keeps no timer once it is idle': (places, { clock }) => ({
    tryEnter: (ask) => {
      clock.schedule(1e9, () => {})
      return places.tryEnter(ask)
    },
  }),
  'runs the same with the same seed': (places) => {
    let left = 100 + (gatesMade++ % 2)
    return { tryEnter: (ask) => (left-- === 0 ? refusal('ERR_SHED') : places.tryEnter(ask)) }
  },
  'answers by callback what it answers at once': (places) => ({
    request: (ask, listener) => {
      listener.onRefused(refusal('ERR_SHED'))
      return places.request(ask, listener)
    },
  }),
  'tells one who leaves its place in the line once, and keeps nothing of it': (places) => ({
    request: (ask, listener) => {
      const place = places.request(ask, { ...listener, onAborted: () => {} })
      return place && { abandon: (reason) => listener.onAborted(reason) }
    },
  }),
  'is bounded in those who wait': (_places, { clock }) => {
    const roomy = gateWithPlaces(3, clock, 99)
    return { tryEnter: (ask) => roomy.tryEnter(ask), enter: (ask) => roomy.enter(ask) }
  },
  'forgets cancelled waiters': (places) => ({
    enter: ({ signal, ...ask } = {}) => {
      const entering = places.enter(ask)
      const aborted = new Promise<never>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
      return Promise.race([entering, aborted])
    },
  }),
  'forgets waiters whose time is up': (places, { clock }) => ({
    enter: ({ timeoutMs, ...ask } = {}) => {
      if (!timeoutMs) return places.enter({ ...ask, timeoutMs })
      const late = refusalError('it', refusal('ERR_WAIT_TIMEOUT'))
      const timeout = new Promise<never>((_resolve, reject) => clock.schedule(timeoutMs, () => reject(late)))
      return Promise.race([places.enter(ask), timeout])
    },
  }),
  'never waits while holding': (places, { clock }) => {
    const before = gateWithPlaces(9, clock)
    return {
      taken: () => places.inFlight + before.inFlight,
      enter: async (ask) => {
        const held = await before.enter(ask)
        return places.enter(ask).finally(() => held.end())
      },
    }
  },
  'gives a place that comes free to who waits': withPermits((permit, places) => {
    return like(permit, {
      end: () => {
        permit.cancel()
        const stolen = places.tryEnter()
        if (stolen.admitted) queueMicrotask(() => stolen.end())
      },
    })
  }),
  'hands over each place once, whatever happens in the same instant': (places, { clock }) => ({
    enter: ({ timeoutMs, ...ask } = {}) => {
      if (!timeoutMs) return places.enter({ ...ask, timeoutMs })
      return new Promise((resolve, reject) => {
        const place = places.request(ask, {
          onAdmitted: (permit) => queueMicrotask(() => resolve(permit)),
          onRefused: (refused) => reject(refusalError('it', refused)),
          onAborted: reject,
        })
        clock.schedule(timeoutMs, () => {
          place?.abandon('late')
          reject(refusalError('it', refusal('ERR_WAIT_TIMEOUT')))
        })
      })
    },
  }),
  'does not wait with timeoutMs 0': (places) => ({
    enter: (ask) => places.enter(ask?.timeoutMs === 0 ? { ...ask, timeoutMs: 5 } : ask),
  }),
}

describe('gateConformance', () => {
  it('finds nothing wrong with a sound gate', async () => {
    expect(await brokenBy(faulty(() => ({})))).toEqual([])
  })

  it.each(Object.entries(faults))('finds a gate that does not keep "%s"', async (promise, fault) => {
    expect(await brokenBy(faulty(fault))).toContain(promise)
  })

  it('has a gate that breaks it for each of its promises', () => {
    const names = gateConformance({ name: 'it', make: faulty(() => ({})) }).map(({ name }) => name.slice(4))
    expect(Object.keys(faults).sort()).toEqual([...names].sort())
  })
})
