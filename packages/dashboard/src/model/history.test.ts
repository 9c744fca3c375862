import { describe, expect, it } from 'vitest'
import { gatewayState, streamState } from '../testing/states.ts'
import { History, KEPT_ROWS } from './history.ts'

/** A gateway that has delivered so many events by `nowMs`. */
function delivered(count: number, nowMs: number, startedAtMs = 0): ReturnType<typeof gatewayState> {
  return gatewayState(nowMs, [streamState({ events: { delivered: count } })], { startedAtMs })
}

describe('the memory of the page', () => {
  it('knows a rate from the second state on', () => {
    const history = new History()
    history.push(delivered(5, 1000))
    history.push(delivered(8, 2000))
    expect(history.seriesOf('orders').column('delivered')).toEqual([null, 3])
    expect(history.ratesOf('orders')?.deliveredEvents).toBe(3)
  })

  it('steadies the rate that is read over five seconds', () => {
    const history = new History()
    // Ten in every other second.
    for (let second = 0; second <= 60; second++) {
      history.push(delivered(10 * Math.floor(second / 2), second * 1000))
    }
    expect(history.seriesOf('orders').column('delivered').slice(-4)).toEqual([0, 10, 0, 10])
    expect(history.ratesOf('orders')?.deliveredEvents).toBe(6)
  })

  it('begins anew when the gateway was started again: no rate across it', () => {
    const history = new History()
    history.push(delivered(100, 1000))
    history.push(delivered(110, 2000))
    history.push(delivered(2, 3000, 2500))
    expect(history.ratesOf('orders')).toBeUndefined()
    history.push(delivered(6, 4000, 2500))
    expect(history.seriesOf('orders').column('delivered')).toEqual([null, 10, null, 4])
    expect(history.ratesOf('orders')?.deliveredEvents).toBe(4)
  })

  it('leaves a gap where it heard nothing, and knows no rate across it', () => {
    const history = new History()
    history.push(delivered(0, 1000))
    history.push(delivered(1, 2000))
    history.push(delivered(900, 60_000))
    expect(history.seriesOf('orders').timesMs()).toEqual([1000, 2000, 2001, 60_000])
    expect(history.seriesOf('orders').column('depth')).toEqual([0, 0, null, 0])
    expect(history.seriesOf('orders').column('delivered')).toEqual([null, 1, null, null])
  })

  it('begins anew when the clock of the gateway is set back, rather than show what is old', () => {
    const history = new History()
    history.push(delivered(5, 2000))
    history.push(delivered(6, 1000))
    expect(history.latest?.nowMs).toBe(1000)
    expect(history.seriesOf('orders').timesMs()).toEqual([1000])
    expect(history.ratesOf('orders')).toBeUndefined()
  })

  it('forgets a stream that is gone, and holds no more than five minutes of the others', () => {
    const history = new History()
    history.push(gatewayState(1, [streamState(), streamState({ name: 'gone' })]))
    for (let second = 1; second < 2000; second++) history.push(delivered(second, second * 1000))
    expect(history.seriesOf('orders').length).toBe(KEPT_ROWS)
    expect(history.seriesOf('gone').length).toBe(0)
  })
})
