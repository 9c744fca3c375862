import { VirtualClock } from 'spillway/testing'
import { expect, it } from 'vitest'
import { Quietly } from './log.ts'

it('says each thing at most once in a while, then how often it was not said', () => {
  const clock = new VirtualClock()
  const quietly = new Quietly(10_000, clock)
  const said: string[] = []
  const say = (key: string): void => quietly.say(key, (suppressed) => said.push(`${key} ${suppressed}`))
  for (const key of ['full', 'full', 'late', 'full']) say(key)
  clock.advance(9999)
  say('full')
  clock.advance(1)
  say('full')
  say('full')
  expect(said).toEqual(['full 0', 'late 0', 'full 3'])
})
