import { VirtualClock } from 'spillway/testing'
import { beforeEach, expect, it } from 'vitest'
import { Retries } from './retries.ts'

let clock: VirtualClock
let back: number[]
let retries: Retries

beforeEach(() => {
  clock = new VirtualClock()
  back = []
  retries = new Retries({
    clock,
    wallNowMs: () => clock.nowMs(),
    bringBack: async ({ seq }) => void back.push(seq),
  })
})

const settle = async (): Promise<void> => {
  for (let i = 0; i < 500; i++) await Promise.resolve()
}

async function pass(ms: number): Promise<void> {
  clock.advance(ms)
  await settle()
}

const add = (seq: number, atMs: number, isRetry = true): void =>
  retries.add({ seq, key: undefined, atMs, isRetry })

it('brings events back when they are due, the soonest first, also one that was added last', async () => {
  add(1, 300)
  add(2, 200)
  add(3, 100)
  await pass(99)
  expect(back).toEqual([])
  await pass(1)
  await pass(100)
  await pass(100)
  expect(back).toEqual([3, 2, 1])
})

it('brings back ten a second while the sink takes nothing', async () => {
  for (let seq = 1; seq <= 300; seq++) add(seq, 0)
  await settle()
  expect(back).toHaveLength(100)
  for (let second = 0; second < 10; second++) await pass(1000)
  expect(back.length).toBeLessThanOrEqual(200)
})

it('brings back as many more as the sink took', async () => {
  for (let taken = 0; taken < 150; taken++) retries.onDelivered()
  for (let seq = 1; seq <= 300; seq++) add(seq, 0)
  await settle()
  expect(back).toHaveLength(250)
})

it('asks no leave of the budget for an event whose key is free again', async () => {
  for (let seq = 1; seq <= 150; seq++) add(seq, 0, false)
  await settle()
  expect(back).toHaveLength(150)
})

it('brings nothing back once it is stopped', async () => {
  add(1, 10)
  retries.stop()
  await pass(100)
  expect(back).toEqual([])
})
