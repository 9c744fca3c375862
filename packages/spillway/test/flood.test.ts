/**
 * Floods in processes of their own: what is refused, evicted or given up is not kept.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { subjects } from './flood/subjects.ts'

const run = promisify(execFile)
const child = fileURLToPath(new URL('./flood/child.ts', import.meta.url))

/** A thousand items of 100 bytes, and the two minutes of bins of a queue. */
const CAPACITY_MB = 1
const MOST_MB = 16

describe('a flood of 1,000,000 offers with no consumer, and 100,000 waiters that give up together', () => {
  it.each(Object.keys(subjects))('leave the heap as it was: %s', { timeout: 120_000 }, async (name) => {
    const options = ['--expose-gc', '--conditions=@spillway/source', '--import=tsx']
    const { stdout } = await run(process.execPath, [...options, child, name])
    const grown: { gaveUp: number; offersMb: number; waitsMb: number } = JSON.parse(stdout)
    // A first waiter may find a token.
    expect(grown.gaveUp).toBeGreaterThanOrEqual(99_999)
    expect(grown.offersMb).toBeLessThan(MOST_MB + CAPACITY_MB)
    expect(grown.waitsMb).toBeLessThan(MOST_MB)
  })
})
