import { VirtualClock } from 'spillway/testing'
import { expect, it } from 'vitest'
import { CallDeadlines, type Timed } from './call-deadlines.ts'

function setUp() {
  const clock = new VirtualClock()
  const due: string[] = []
  const deadlines = new CallDeadlines<Timed & { readonly name: string }>(clock, 50, ({ name }) => {
    due.push(`${name} at ${clock.nowMs()}`)
  })
  const send = (name: string) => {
    const call = { name, dueMs: 0, before: undefined, after: undefined }
    deadlines.add(call)
    return call
  }
  return { clock, due, deadlines, send }
}

it('tells each call at its deadline, in the order they were sent', () => {
  const { clock, due, send } = setUp()
  send('a')
  clock.advance(20)
  send('b')
  send('c')
  clock.advance(100)
  expect(due).toEqual(['a at 50', 'b at 70', 'c at 70'])
  expect(clock.pending).toBe(0)
})

it('has one timer for any number of calls, and none for none', () => {
  const { clock, due, deadlines, send } = setUp()
  const calls = Array.from({ length: 100 }, (_, i) => send(String(i)))
  expect(clock.pending).toBe(1)
  for (const call of calls.toReversed()) deadlines.remove(call)
  expect(clock.pending).toBe(0)
  clock.advance(1000)
  expect(due).toEqual([])
})

it('is in time for those behind a call that was answered', () => {
  const { clock, due, deadlines, send } = setUp()
  const first = send('first')
  clock.advance(40)
  const second = send('second')
  send('third')
  deadlines.remove(first)
  deadlines.remove(second)
  clock.advance(49)
  expect(due).toEqual([])
  clock.advance(1)
  expect(due).toEqual(['third at 90'])
})

it('takes a call that is sent while another is told', () => {
  const { clock, due, send } = setUp()
  send('a')
  clock.schedule(50, () => send('b'))
  clock.advance(100)
  expect(due).toEqual(['a at 50', 'b at 100'])
})
