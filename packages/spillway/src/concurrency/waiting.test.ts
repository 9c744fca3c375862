import { describe, expect, it } from 'vitest'
import type { Permit } from '../gate/gate.ts'
import { MIN_SAMPLES } from '../measure/service-estimate.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { ConcurrencyLimiter } from './concurrency-limiter.ts'
import type { ConcurrencyLimiterOptions } from './limiter-options.ts'

function limiterWith(options: Partial<ConcurrencyLimiterOptions> = {}) {
  const clock = new VirtualClock()
  const limiter = new ConcurrencyLimiter({ limit: 1, clock, ...options })
  const events: string[] = []
  const enter = (name: string, wait = {}): void => {
    limiter.enter(wait).then(
      (permit: Permit) => {
        events.push(name)
        held.push(permit)
      },
      (error: unknown) => events.push(`${name}: ${Reflect.get(Object(error), 'code')}`),
    )
  }
  const held: Permit[] = []
  const endOne = async (): Promise<void> => {
    held.shift()!.end()
    await promisesSettled()
  }
  return { clock, limiter, events, enter, endOne }
}

/** Work of 100 ms each, so that times can be predicted. */
async function teach({ limiter, clock }: ReturnType<typeof limiterWith>): Promise<void> {
  for (let i = 0; i < MIN_SAMPLES; i++) {
    const permit = await limiter.enter()
    clock.advance(100)
    permit.end()
  }
}

describe('the order of waiting', () => {
  it('is first come, first served in a burst, with both orders', async () => {
    for (const order of ['fifo', 'adaptive-lifo'] as const) {
      const { events, enter, endOne } = limiterWith({ order })
      for (const name of ['a', 'b', 'c', 'd']) enter(name)
      await promisesSettled()
      await endOne()
      await endOne()
      expect(events).toEqual(['a', 'b', 'c'])
    }
  })

  it('is newest first with adaptive-lifo once the queue has stood for standingAfterMs', async () => {
    const { clock, events, enter, endOne } = limiterWith({ order: 'adaptive-lifo' })
    enter('working')
    enter('old')
    await clock.advanceAsync(101)
    enter('older of the new')
    enter('newest')
    await promisesSettled()
    await endOne()
    await endOne()
    await endOne()
    expect(events).toEqual(['working', 'newest', 'older of the new', 'old'])
  })

  it('stays first come, first served with fifo, however long the queue stands', async () => {
    const { clock, events, enter, endOne } = limiterWith({ order: 'fifo' })
    enter('working')
    enter('old')
    await clock.advanceAsync(500)
    enter('new')
    await promisesSettled()
    await endOne()
    expect(events).toEqual(['working', 'old'])
  })

  it('is first come, first served again once the queue has been empty, however it became so', async () => {
    for (const empties of ['served', 'late'] as const) {
      const { clock, events, enter, endOne } = limiterWith({ order: 'adaptive-lifo' })
      enter('working')
      enter('old', empties === 'late' ? { timeoutMs: 150 } : {})
      await clock.advanceAsync(150)
      if (empties === 'served') await endOne()
      enter('first')
      enter('second')
      await promisesSettled()
      await endOne()
      expect(events).toEqual(['working', empties === 'served' ? 'old' : 'old: ERR_WAIT_TIMEOUT', 'first'])
    }
  })

  it('makes the one who has waited longest give way at maxWaiting, while the queue stands', async () => {
    const { clock, events, enter } = limiterWith({ order: 'adaptive-lifo', maxWaiting: 2 })
    for (const name of ['working', 'a', 'b', 'c']) enter(name)
    await clock.advanceAsync(101)
    enter('d')
    await promisesSettled()
    expect(events).toEqual(['working', 'c: ERR_TOO_MANY_WAITING', 'a: ERR_TOO_MANY_WAITING'])
  })
})

describe('the bounds of waiting', () => {
  it('refuses at maxWaitMs whatever the caller allows', async () => {
    const { clock, events, enter } = limiterWith({ maxWaitMs: 200 })
    enter('working')
    enter('waiting', { timeoutMs: 10_000 })
    await clock.advanceAsync(200)
    expect(events).toEqual(['working', 'waiting: ERR_WAIT_TIMEOUT'])
  })

  it('lets those who come while the queue stands wait for standingWaitMs only', async () => {
    const { clock, events, enter } = limiterWith({ order: 'fifo', standingWaitMs: 5 })
    enter('working')
    enter('first')
    await clock.advanceAsync(101)
    enter('second')
    await clock.advanceAsync(5)
    expect(events).toEqual(['working', 'second: ERR_WAIT_TIMEOUT'])
  })

  it('lets them wait for four completions at least, so that slow work does not idle', async () => {
    const room = limiterWith({ order: 'adaptive-lifo' })
    await teach(room)
    room.enter('working')
    room.enter('first')
    await room.clock.advanceAsync(101)
    room.enter('second')
    await room.clock.advanceAsync(399)
    expect(room.events).toEqual(['working'])
    await room.clock.advanceAsync(20)
    expect(room.events).toEqual(['working', 'second: ERR_WAIT_TIMEOUT'])
  })

  it('refuses on arrival who can not have its turn in time, once it knows how long work takes', async () => {
    const room = limiterWith({ order: 'fifo' })
    room.enter('unknown: waits', { timeoutMs: 1 })
    await teach(limiterWith())
    await promisesSettled()
    await room.endOne()
    await teach(room)
    room.enter('working')
    room.enter('second', { finishWithinMs: 350 })
    room.enter('third', { finishWithinMs: 290 })
    room.enter('impatient', { timeoutMs: 150 })
    await promisesSettled()
    expect(room.events.slice(1)).toEqual([
      'working',
      'third: ERR_BUDGET_UNREACHABLE',
      'impatient: ERR_WAIT_TIMEOUT',
    ])
    expect(room.clock.nowMs()).toBe(MIN_SAMPLES * 100)
  })

  it('refuses a waiter in the moment in which its budget has become hopeless: half of what the work takes', async () => {
    const room = limiterWith({ order: 'fifo' })
    await teach(room)
    room.enter('working')
    room.enter('waiting', { finishWithinMs: 250 })
    await room.clock.advanceAsync(195)
    expect(room.events).toEqual(['working'])
    await room.clock.advanceAsync(10)
    expect(room.events).toEqual(['working', 'waiting: ERR_BUDGET_SPENT'])
  })

  it('predicts nothing from work that failed: a timeout is no service time', async () => {
    const room = limiterWith({ order: 'fifo' })
    for (let i = 0; i < MIN_SAMPLES; i++) {
      const permit = await room.limiter.enter()
      room.clock.advance(100)
      permit.end('failure')
    }
    room.enter('working')
    room.enter('waiting', { finishWithinMs: 90 })
    await promisesSettled()
    expect([room.events, room.limiter.waiting]).toEqual([['working'], 1])
  })

  it('still tries a budget shorter than any work it has seen, while there is room', async () => {
    const room = limiterWith()
    await teach(room)
    room.enter('short', { finishWithinMs: 10 })
    await promisesSettled()
    expect(room.events).toEqual(['short'])
  })
})
