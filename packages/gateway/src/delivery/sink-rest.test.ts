import { VirtualClock } from 'spillway/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { Pauses } from './pauses.ts'
import { SinkRest } from './sink-rest.ts'

let clock: VirtualClock
let pauses: Pauses
let rest: SinkRest

beforeEach(() => {
  clock = new VirtualClock()
  clock.advance(1)
  pauses = new Pauses(() => {})
  rest = new SinkRest(pauses, (attempt) => 100 * attempt, clock)
})

/** For how long the stream stands still from now. */
function pausedMs(): number {
  let ms = 0
  for (; pauses.has('sink'); ms++) clock.advance(1)
  return ms
}

describe('a sink is left alone', () => {
  it('as long as it asks, the longest of what it asked for, at most a minute', () => {
    rest.asked(50)
    rest.asked(80)
    rest.asked(10)
    expect(pausedMs()).toBe(80)
    rest.asked(3_600_000)
    expect(pausedMs()).toBe(60_000)
    rest.asked(0)
    expect(pausedMs()).toBe(0)
  })

  it('longer each time that nobody is there, however many find that out together, until it takes something', () => {
    for (let i = 0; i < 10; i++) rest.absent()
    expect(pausedMs()).toBe(100)
    rest.absent()
    expect(pausedMs()).toBe(200)
    rest.answered()
    rest.absent()
    expect(pausedMs()).toBe(100)
  })
})
