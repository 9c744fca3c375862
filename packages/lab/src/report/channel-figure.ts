/**
 * The figure of the page for those who come from Go: four ways to send to one
 * full channel, and what becomes of the senders and of what they send.
 *
 * Twice as much is sent as is received, by a sender of its own each: Go's
 * goroutine for each request. In virtual time, on the library's `Channel`.
 */
import { Channel, isOverloadError } from 'spillway'
import { seededRandom, VirtualClock } from 'spillway/testing'
import { startArrivals } from '../sim/arrivals.ts'
import { type LinePoint, labelledLines, type Size } from './labelled-lines.ts'
import { svgFile } from './svg-file.ts'

/** The name of its file. */
export const CHANNEL_FIGURE = 'coming-from-go.svg'

/** One way to send, seen over time: a value for each 100 ms. */
export interface ChannelRun {
  readonly name: string
  readonly waiting: readonly number[]
  /** How long ago what was received last had been sent, in milliseconds. */
  readonly agesMs: readonly number[]
  readonly refused: number
}

/** How one sends: `undefined` tries only. */
interface Manner {
  readonly maxWaiting?: number
  readonly wait: { readonly timeoutMs?: number } | undefined
}

/** The ways, by what they are called in the figure. */
const MANNERS: Readonly<Record<string, Manner>> = {
  'ch <- v in Go': { maxWaiting: Number.POSITIVE_INFINITY, wait: {} },
  'send(v)': { wait: {} },
  'send, 100 ms': { wait: { timeoutMs: 100 } },
  'trySend(v)': { wait: undefined },
}
const COLOURS = ['#d43d51', '#b8860b', '#2f7de1', '#2e9e5b']
const CAPACITY = 20
const [SENT_PER_SECOND, WORK_MS] = [200, 10]
const [END_MS, STEP_MS] = [20_000, 100]
const SIZE: Size = { width: 430, height: 300 }

/** Sends in every way; the same each time. */
export async function runChannels(): Promise<readonly ChannelRun[]> {
  return Promise.all(Object.entries(MANNERS).map(([name, manner]) => run(name, manner)))
}

async function run(name: string, { maxWaiting, wait }: Manner): Promise<ChannelRun> {
  const clock = new VirtualClock()
  const channel = new Channel<number>({ capacity: CAPACITY, maxWaiting, clock })
  const [waiting, agesMs]: [number[], number[]] = [[], []]
  let [refused, ageMs] = [0, 0]
  const load = [{ fromMs: 0, ratePerSecond: SENT_PER_SECOND }]
  startArrivals(load, { clock, random: seededRandom(1), endMs: END_MS }, () => {
    const sentMs = clock.nowMs()
    if (wait === undefined) refused += channel.trySend(sentMs) ? 0 : 1
    else channel.send(sentMs, wait).catch(onRefused)
  })
  void receive()
  while (clock.nowMs() < END_MS) {
    await clock.advanceAsync(STEP_MS)
    waiting.push(channel.waitingSenders)
    agesMs.push(ageMs)
  }
  return { name, waiting, agesMs, refused }

  function onRefused(error: unknown): void {
    if (!isOverloadError(error)) throw error
    refused++
  }

  async function receive(): Promise<void> {
    for await (const sentMs of channel) {
      ageMs = clock.nowMs() - sentMs
      await new Promise<void>((resolve) => clock.schedule(WORK_MS, resolve))
    }
  }
}

/** Draws them. */
export function drawChannels(runs: readonly ChannelRun[]): string {
  const y = { label: null, grid: true, zero: true }
  const ages = { label: null, type: 'log', grid: true, tickFormat: (ms: number) => String(ms) } as const
  return svgFile(
    'Four ways to send to a full channel: senders that wait, and how old what is received is',
    [
      lines('Senders that wait', { runs, values: ({ waiting }) => waiting, y }),
      lines('Age of what is received, ms (log scale)', { runs, values: ({ agesMs }) => agesMs, y: ages }),
    ],
    SIZE,
  )
}

interface Lines {
  readonly runs: readonly ChannelRun[]
  readonly values: (run: ChannelRun) => readonly number[]
  readonly y: Parameters<typeof labelledLines>[0]['y']
}

function lines(title: string, { runs, values, y }: Lines): string {
  const points: LinePoint[] = runs.flatMap((run) =>
    values(run)
      .map((value, index) => ({ policy: run.name, x: ((index + 1) * STEP_MS) / 1000, y: value }))
      .filter(({ y: value }) => y.type !== 'log' || value > 0),
  )
  const names = Object.fromEntries(Object.keys(MANNERS).map((name) => [name, name]))
  return labelledLines({ title, points, names, colours: COLOURS, x: { label: 'seconds →' }, y }, SIZE)
}
