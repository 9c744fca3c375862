import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { outcome, processing } from '../../test/held-work.ts'
import { promisesSettled } from '../testing/virtual-clock.ts'

describe('consume', () => {
  it('gives up at the abort, though the source says nothing', async () => {
    const { processor } = processing()
    let returned = 0
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<string>>(() => {}),
        return: () => {
          returned++
          return Promise.resolve({ done: true, value: undefined } as const)
        },
      }),
    }
    const controller = new AbortController()
    const consumed = processor.consume(source, { signal: controller.signal })
    await promisesSettled()
    controller.abort('stop')
    await expect(consumed).rejects.toBe('stop')
    expect(returned).toBe(1)
  })

  it('gives up at the abort, though the promise that the source yielded never settles', async () => {
    const leaving = new AbortController()
    const { processor } = processing()
    const consumed = processor.consume([new Promise<string>(() => {})], { signal: leaving.signal })
    await promisesSettled()
    leaving.abort('enough')
    expect(await outcome(consumed)).toBe('enough')
    expect(getEventListeners(leaving.signal, 'abort')).toEqual([])
  })

  it('takes a text letter by letter, as a loop does', async () => {
    const { processor } = processing({ capacity: 3 })
    expect(await processor.consume('abc')).toBe(3)
  })

  it('gives up at an abort that comes between an item and its place', async () => {
    const { processor } = processing({ capacity: 0 })
    await processor.enqueue('busy')
    const controller = new AbortController()
    const item = Promise.resolve('a').then((value) => {
      queueMicrotask(() => controller.abort('stop'))
      return value
    })
    const consumed = processor.consume([item], { signal: controller.signal })
    expect(await outcome(consumed)).toBe('stop')
    expect(processor.stats().waiting).toBe(0)
  })

  it('gives up at an abort by the source itself, which then says nothing', async () => {
    const { processor } = processing()
    const leaving = new AbortController()
    const silent = {
      [Symbol.asyncIterator]: () => ({
        next() {
          leaving.abort('by the source')
          return new Promise<never>(() => {})
        },
      }),
    }
    expect(await outcome(processor.consume(silent, leaving))).toBe('by the source')
  })

  it('tells why it broke off, though the source throws when it is ended', async () => {
    const { processor } = processing()
    processor.close()
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false as const, value: 'a' }),
        return(): never {
          throw new Error('do not end me')
        },
      }),
    }
    expect(await outcome(processor.consume(source))).toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('passes on what the source throws, and takes a source that ends early or yields promises', async () => {
    const { processor } = processing({ capacity: 10 })
    async function* broken() {
      yield 'a'
      throw new Error('source')
    }
    await expect(processor.consume(broken())).rejects.toThrow('source')
    await expect(processor.consume([])).resolves.toBe(0)
    await expect(processor.consume([Promise.resolve('b'), 'c'] as string[])).resolves.toBe(2)
    const rejected = [Promise.resolve('d'), Promise.reject(new Error('item'))]
    await expect(processor.consume(rejected as never[])).rejects.toThrow('item')
    expect(processor.stats().received).toBe(4)
  })

  it('ends the source when the queue is closed', async () => {
    const { processor } = processing({ capacity: 0 })
    let ended = false
    async function* source() {
      try {
        for (;;) yield 'a'
      } finally {
        ended = true
      }
    }
    const consumed = processor.consume(source())
    await promisesSettled()
    processor.close()
    await expect(consumed).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    expect(ended).toBe(true)
  })
})
