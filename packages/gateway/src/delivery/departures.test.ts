import { expect, it } from 'vitest'
import { Departures } from './departures.ts'

it('does not know a rate from less than 20 departures', () => {
  const departures = new Departures()
  departures.add(19, 0)
  expect(departures.ratePerMs(100)).toBeUndefined()
})

it('tells the rate of the last two seconds, within a tenth', () => {
  const departures = new Departures()
  for (let nowMs = 0; nowMs < 5000; nowMs += 10) departures.add(1, nowMs)
  expect(departures.ratePerMs(5000)).toBeGreaterThan(0.09)
  expect(departures.ratePerMs(5000)).toBeLessThan(0.11)
})

it('forgets what left longer ago', () => {
  const departures = new Departures()
  departures.add(1000, 0)
  expect(departures.ratePerMs(2500)).toBeUndefined()
})

it('takes a time that steps back as no time passed', () => {
  const departures = new Departures()
  departures.add(30, 1000)
  departures.add(30, 500)
  expect(departures.ratePerMs(1100)).toBeGreaterThan(0)
})
