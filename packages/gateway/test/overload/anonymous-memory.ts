/**
 * The memory of a process that no file stands behind, from Linux, and whether
 * it grows.
 */
import { readFile } from 'node:fs/promises'

/** Bytes of anonymous memory that are resident. */
export async function anonymousBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const [, kibibytes] = /^RssAnon:\s+(\d+) kB$/m.exec(status) ?? []
  if (kibibytes === undefined) throw new Error(`/proc/${pid}/status has no RssAnon`)
  return Number(kibibytes) * 1024
}

/** One look at it. */
export interface MemorySample {
  readonly atMs: number
  readonly bytes: number
}

/** Looks at it at every interval, until told to stop. */
export class MemoryWatch {
  readonly samples: MemorySample[] = []
  readonly #timer: NodeJS.Timeout

  constructor(pid: number, intervalMs: number) {
    this.#timer = setInterval(() => {
      anonymousBytes(pid).then(
        (bytes) => this.samples.push({ atMs: performance.now(), bytes }),
        () => this.stop(),
      )
    }, intervalMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  get peakBytes(): number {
    return Math.max(0, ...this.samples.map(({ bytes }) => bytes))
  }

  /** The slope of the least-squares line through the samples from `fromMs` on, in bytes a minute. */
  slopePerMinute(fromMs: number): number {
    const samples = this.samples.filter(({ atMs }) => atMs >= fromMs)
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
    const atMean = mean(samples.map(({ atMs }) => atMs))
    const bytesMean = mean(samples.map(({ bytes }) => bytes))
    const above = samples.reduce((sum, { atMs, bytes }) => sum + (atMs - atMean) * (bytes - bytesMean), 0)
    const below = samples.reduce((sum, { atMs }) => sum + (atMs - atMean) ** 2, 0)
    return below === 0 ? 0 : (above / below) * 60_000
  }
}
