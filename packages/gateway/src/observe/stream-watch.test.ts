import type { BinColumn } from 'spillway'
import { VirtualClock } from 'spillway/testing'
import { describe, expect, it } from 'vitest'
import { StreamWatch } from './stream-watch.ts'

const total = (counts: BinColumn): number => Array.from(counts).reduce((sum, count) => sum + count, 0)

function watching(): StreamWatch {
  return new StreamWatch(new VirtualClock())
}

function seen(watch: StreamWatch): { readonly arrivals: number; readonly drops: number } {
  const { arrivals, drops } = watch.bins().fine
  return { arrivals: total(arrivals), drops: total(drops) }
}

describe('what is seen of a stream', () => {
  it('counts a request refused on its headers as the mean of those whose body was read', () => {
    const watch = watching()
    for (const events of [100, 50, 150]) watch.brought(events)
    watch.refused('ERR_QUEUE_FULL')
    expect(seen(watch)).toEqual({ arrivals: 100, drops: 100 })
  })

  it('learns from batches that were not taken too, so that it knows them when none ever is', () => {
    const watch = watching()
    watch.brought(400)
    watch.refused('ERR_WAIT_TIMEOUT')
    watch.refused('ERR_BUDGET_UNREACHABLE')
    expect(seen(watch)).toEqual({ arrivals: 800, drops: 800 })
  })

  it('counts as one a request refused before any body was read', () => {
    const watch = watching()
    watch.refused('ERR_QUEUE_FULL')
    expect(seen(watch)).toEqual({ arrivals: 1, drops: 1 })
  })

  it('follows senders that change the size of their batches', () => {
    const watch = watching()
    for (let i = 0; i < 1000; i++) watch.brought(1)
    for (let i = 0; i < 200; i++) watch.brought(100)
    watch.refused('ERR_QUEUE_FULL')
    expect(seen(watch)).toEqual({ arrivals: 100, drops: 100 })
  })

  it('counts what found no place of a request that was taken in part, and the size of its batch stays known', () => {
    const watch = watching()
    watch.brought(100)
    watch.took(3)
    watch.foundNoPlace(97)
    watch.refused('ERR_QUEUE_FULL')
    expect(seen(watch)).toEqual({ arrivals: 200, drops: 197 })
  })

  it('counts no rate that was exceeded: the stream could have held more', () => {
    const watch = watching()
    watch.refused('ERR_RATE_LIMITED')
    expect(seen(watch)).toEqual({ arrivals: 0, drops: 0 })
  })
})
