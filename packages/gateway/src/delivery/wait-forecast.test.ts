import { VirtualClock } from 'spillway/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { WaitForecast } from './wait-forecast.ts'

let clock: VirtualClock
let forecast: WaitForecast

beforeEach(() => {
  clock = new VirtualClock()
  forecast = new WaitForecast(100, clock)
})

describe('the forecast of a wait', () => {
  it('is that one may wait, while nothing is known', () => {
    expect(forecast.refusal(1_000_000)).toBeUndefined()
  })

  it('says by how much a newcomer would come too late, from how fast events left', () => {
    for (let i = 0; i < 200; i++) {
      clock.advance(10)
      forecast.left(1)
    }
    // 100 leave in a second: who has 9 before it waits 100 ms.
    expect(forecast.refusal(9)).toBeUndefined()
    const refusal = forecast.refusal(29)
    expect(refusal?.code).toBe('ERR_BUDGET_UNREACHABLE')
    expect(refusal?.retryAfterMs).toBeCloseTo(200, -1)
  })

  it('lets one in a second try after someone waited in vain, and all once something left', () => {
    clock.advance(100)
    forecast.waitedInVain(0)
    expect(forecast.refusal(0)?.code).toBe('ERR_BUDGET_UNREACHABLE')
    clock.advance(999)
    expect(forecast.refusal(0)?.code).toBe('ERR_BUDGET_UNREACHABLE')
    clock.advance(1)
    expect(forecast.refusal(0)).toBeUndefined()
    forecast.waitedInVain(1000)
    forecast.left(1)
    expect(forecast.refusal(0)).toBeUndefined()
  })

  it('is not changed by who waited in vain while something left for others', () => {
    clock.advance(50)
    forecast.left(1)
    clock.advance(50)
    forecast.waitedInVain(0)
    expect(forecast.refusal(0)).toBeUndefined()
  })
})
