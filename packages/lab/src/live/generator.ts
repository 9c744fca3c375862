/**
 * The load of a live run, in a process of its own: open loop, by a Poisson
 * schedule made before the first request, latency from the intended start.
 */
import { Agent, type IncomingMessage, request } from 'node:http'
import { seededRandom } from 'spillway/testing'
import { quantile, sorted } from '../record/quantiles.ts'
import { type LoadFacts, type LoadTask, SAMPLE_MS, WAITED_HEADER } from './messages.ts'

process.on('disconnect', () => process.exit())
process.once('message', (task: LoadTask) => {
  void generate(task).then((facts) => process.send?.(facts, () => process.exit()))
})

/** For no longer than this are answers left unread. */
const TURN_MS = 2

/** The moments at which requests are due, in milliseconds from the start. */
export function poissonSchedule(ratePerSecond: number, endMs: number, random: () => number): Float64Array {
  const moments: number[] = []
  let atMs = 0
  while (true) {
    atMs += (-Math.log(1 - random()) * 1000) / ratePerSecond
    if (atMs >= endMs) return Float64Array.from(moments)
    moments.push(atMs)
  }
}

/** How a request ended. Refused early: at once; late: after a wait in vain. */
type End = 'answered' | 'early' | 'late' | 'expired' | 'failed'

class Seen {
  readonly answeredMs: number[] = []
  readonly refusedMs: number[] = []
  readonly earlyMs: number[] = []
  readonly lagsMs: number[] = []
  readonly goodBins: number[]
  readonly #warmUpMs: number
  expired = 0
  failed = 0
  sent = 0

  constructor({ warmUpMs, endMs }: LoadTask) {
    this.#warmUpMs = warmUpMs
    this.goodBins = Array.from({ length: Math.ceil(endMs / SAMPLE_MS) }, () => 0)
  }

  sentAt(dueMs: number, nowMs: number): void {
    if (dueMs < this.#warmUpMs) return
    this.sent++
    this.lagsMs.push(nowMs - dueMs)
  }

  ended(outcome: End, dueMs: number, nowMs: number): void {
    if (outcome === 'answered') {
      const bin = Math.floor(nowMs / SAMPLE_MS)
      if (bin < this.goodBins.length) this.goodBins[bin]!++
    }
    if (dueMs < this.#warmUpMs) return
    if (outcome === 'answered') this.answeredMs.push(nowMs - dueMs)
    else if (outcome === 'early' || outcome === 'late') this.#refused(outcome, nowMs - dueMs)
    else if (outcome === 'expired') this.expired++
    else this.failed++
  }

  #refused(when: 'early' | 'late', tookMs: number): void {
    this.refusedMs.push(tookMs)
    if (when === 'early') this.earlyMs.push(tookMs)
  }
}

/** The time of a run, and the waits in it: by timers, since a loop that spins would hide how much of a processor is left. */
class Pace {
  readonly #startMs = performance.now()
  #turnMs = 0

  /** Milliseconds since the start. */
  nowMs(): number {
    return performance.now() - this.#startMs
  }

  /**
   * Resolves at a moment, or at once when that has passed. Behind its schedule it lets answers in all the same: unread,
   * they would seem to come too late.
   */
  async until(dueMs: number): Promise<void> {
    if (this.nowMs() - this.#turnMs > TURN_MS) await this.#turn(setImmediate)
    while (dueMs > this.nowMs()) await this.#turn((resume) => setTimeout(resume, dueMs - this.nowMs()))
  }

  async #turn(wait: (resume: () => void) => unknown): Promise<void> {
    await new Promise<void>(wait)
    this.#turnMs = this.nowMs()
  }
}

async function generate(task: LoadTask): Promise<LoadFacts> {
  const schedule = poissonSchedule(task.ratePerSecond, task.endMs, seededRandom(16 * task.seed + 4))
  const seen = new Seen(task)
  const agent = new Agent({ keepAlive: true, maxSockets: 4096, maxFreeSockets: 512 })
  const payload = Buffer.from(JSON.stringify({ payload: 'x'.repeat(Math.max(0, task.payloadBytes - 14)) }))
  const [pace, startCpu] = [new Pace(), process.cpuUsage()]
  for (const dueMs of schedule) {
    await pace.until(dueMs)
    seen.sentAt(dueMs, pace.nowMs())
    send({ task, agent, payload, dueMs, pace, seen })
  }
  const { user, system } = process.cpuUsage(startCpu)
  const cpuShare = (user + system) / 1000 / pace.nowMs()
  await pace.until(pace.nowMs() + task.patienceMs + 100)
  agent.destroy()
  return {
    planned: schedule.filter((dueMs) => dueMs >= task.warmUpMs).length,
    sent: seen.sent,
    answeredMs: seen.answeredMs,
    refusedMs: seen.refusedMs,
    earlyMs: seen.earlyMs,
    expired: seen.expired,
    failed: seen.failed,
    lagP99Ms: quantile(sorted(seen.lagsMs), 0.99) ?? Number.POSITIVE_INFINITY,
    cpuShare,
    goodBins: seen.goodBins,
  }
}

interface Sending {
  readonly task: LoadTask
  readonly agent: Agent
  readonly payload: Buffer
  readonly dueMs: number
  readonly pace: Pace
  readonly seen: Seen
}

/** One request; it ends once, by an answer, an error, or the end of patience, counted from when it was due. */
function send({ task, agent, payload, dueMs, pace, seen }: Sending): void {
  const headers = { 'content-type': 'application/json', 'content-length': payload.length }
  let ended = false
  const end = (outcome: End): void => {
    if (ended) return
    ended = true
    clearTimeout(patience)
    seen.ended(outcome, dueMs, pace.nowMs())
  }
  const sending = request(
    { host: '127.0.0.1', port: task.port, path: task.path, method: 'POST', agent, headers },
    (response) => {
      response.on('error', () => end('failed'))
      if ((response.statusCode ?? 500) < 300) response.resume().on('end', () => end('answered'))
      else onRefusal(response, end)
    },
  )
  const patience = setTimeout(
    () => {
      end('expired')
      sending.destroy()
    },
    Math.max(0, dueMs + task.patienceMs - pace.nowMs()),
  )
  sending.on('error', () => end('failed'))
  sending.end(payload)
}

/** Reads a refusal, and tells whether it came after a wait: the lab's server says so, and of the gateway the code does. */
function onRefusal(response: IncomingMessage, end: (outcome: End) => void): void {
  let text = ''
  response.setEncoding('utf8')
  response.on('data', (part: string) => {
    text += part
  })
  response.on('end', () => {
    const hasWaited = response.headers[WAITED_HEADER] === 'yes' || text.includes('"ERR_WAIT_TIMEOUT"')
    end(hasWaited ? 'late' : 'early')
  })
}
