/**
 * What a composition asks of gates that only judge, and what it tells by callback.
 */
import { describe, expect, it } from 'vitest'
import { PriorityShedder } from '../shedding/priority-shedder.ts'
import { gateWithPlaces } from '../testing/gate-with-places.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import type { EntryListener } from './callback-gate.ts'
import { ComposedGate, compose } from './compose.ts'
import type { Gate, Permit, Refusal } from './gate.ts'
import { refusal, refusalError } from './refusal.ts'

/** A judge that answers as it is told, and counts. */
class Judge implements Gate {
  readonly isJudge = true
  readonly endings: string[] = []
  asked = 0
  #answers: () => boolean

  constructor(answers: () => boolean = () => true) {
    this.#answers = answers
  }

  tryEnter(): Permit | Refusal {
    this.asked++
    if (!this.#answers()) return refusal('ERR_SHED')
    return {
      admitted: true,
      end: (outcome) => void this.endings.push(outcome ?? 'success'),
      cancel: () => void this.endings.push('cancelled'),
    }
  }

  async enter(): Promise<Permit> {
    const answer = this.tryEnter()
    if (answer.admitted) return answer
    throw refusalError('Judge', answer)
  }
}

/** Notes what a listener is told. */
function noting(): EntryListener & { readonly told: unknown[]; permit?: Permit } {
  const listener: EntryListener & { told: unknown[]; permit?: Permit } = {
    told: [],
    onAdmitted: (permit) => {
      listener.permit = permit
      listener.told.push('admitted')
    },
    onRefused: ({ code }) => void listener.told.push(code),
    onAborted: (reason) => void listener.told.push(reason),
  }
  return listener
}

describe('a composition with a judge', () => {
  it.each([
    ['first', (judge: Gate, places: Gate) => [judge, places]],
    ['last', (judge: Gate, places: Gate) => [places, judge]],
  ] as const)(
    'asks it once for each admission when it stands %s, also of who waits',
    async (_where, inOrder) => {
      const clock = new VirtualClock()
      const [judge, places] = [new Judge(), gateWithPlaces(1, clock)]
      const both = new ComposedGate(inOrder(judge, places), { clock })
      const first = await both.enter()
      const second = both.enter()
      const third = both.enter()
      await promisesSettled()
      first.end()
      ;(await second).end()
      ;(await third).end('failure')
      expect(judge.asked).toBe(3)
      expect(judge.endings).toEqual(['success', 'success', 'failure'])
      expect(places.inFlight).toBe(0)
    },
  )

  it('takes its no as final: nobody gets a second throw of the dice', async () => {
    const clock = new VirtualClock()
    const judge = new Judge(() => false)
    const places = gateWithPlaces(1, clock)
    const held = await places.enter()
    const waiting = new ComposedGate([places, judge], { clock }).enter()
    const refused = expect(waiting).rejects.toMatchObject({ code: 'ERR_SHED' })
    await promisesSettled()
    held.end()
    await refused
    expect([judge.asked, places.inFlight]).toEqual([1, 0])
  })

  it('takes its yes back when the wait was in vain', async () => {
    const clock = new VirtualClock()
    const [judge, places] = [new Judge(), gateWithPlaces(1, clock)]
    await places.enter()
    const late = new ComposedGate([judge, places], { clock }).enter({ timeoutMs: 50 })
    const refused = expect(late).rejects.toMatchObject({ code: 'ERR_WAIT_TIMEOUT' })
    await clock.advanceAsync(50)
    await refused
    expect(judge.endings).toEqual(['cancelled'])
  })

  it('asks the judges of a composition within it once as well', async () => {
    const clock = new VirtualClock()
    const [judge, inner, outer] = [new Judge(), gateWithPlaces(1, clock), gateWithPlaces(1, clock)]
    const nested = compose(compose(judge, inner), outer)
    expect(nested.gates).toEqual([judge, inner, outer])
    const held = await outer.enter()
    const waiting = nested.enter()
    await promisesSettled()
    expect([inner.inFlight, inner.waiting, outer.waiting]).toEqual([0, 0, 1])
    held.end()
    ;(await waiting).end()
    expect(judge.asked).toBe(1)
  })

  it('counts each caller of a shedder once, whether it waits or not', async () => {
    const clock = new VirtualClock()
    const shedder = new PriorityShedder({ clock, random: seededRandom(1) })
    const both = new ComposedGate([shedder, gateWithPlaces(2, clock)], { clock })
    const entering = Array.from({ length: 6 }, () => both.enter())
    for (const permit of entering) (await permit).end()
    expect(shedder.stats().classes.critical).toEqual({ admitted: 6, shed: 0 })
  })
})

describe('a composition that is asked by callback', () => {
  const make = (clock: VirtualClock) => {
    const [judge, places] = [new Judge(), gateWithPlaces(1, clock)]
    return { judge, places, both: new ComposedGate([judge, places], { clock }) }
  }

  it('answers before it returns where nobody waits', () => {
    const { both } = make(new VirtualClock())
    const [admitted, refused, aborted] = [noting(), noting(), noting()]
    expect(both.request({}, admitted)).toBeUndefined()
    expect(both.request({ timeoutMs: 0 }, refused)).toBeUndefined()
    expect(both.request({ signal: AbortSignal.abort('gone') }, aborted)).toBeUndefined()
    const told = [admitted, refused, aborted].map((listener) => listener.told)
    expect(told).toEqual([['admitted'], ['ERR_CONCURRENCY_LIMITED'], ['gone']])
  })

  it('tells who waits when its turn has come, when it leaves, and when its signal aborts', async () => {
    const { both, places, judge } = make(new VirtualClock())
    const gone = new AbortController()
    const [first, patient, leaver, aborted] = [noting(), noting(), noting(), noting()]
    both.request({}, first)
    both.request({}, patient)
    both.request({}, leaver)?.abandon('left')
    both.request({ signal: gone.signal }, aborted)
    await promisesSettled()
    gone.abort('aborted')
    first.permit!.end()
    await promisesSettled()
    expect([patient.told, leaver.told, aborted.told]).toEqual([['admitted'], ['left'], ['aborted']])
    patient.permit!.end()
    expect([places.inFlight, places.waiting, judge.endings.length]).toEqual([0, 0, 4])
  })
})
