/**
 * The server of a live run, in a process of its own: node:http, a policy, and
 * behind it work that takes its time in so many slots.
 *
 * 127.0.0.1 only. It ends itself at its memory bound, and with its parent.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { systemClock } from 'spillway'
import { seededRandom } from 'spillway/testing'
import type { Work } from '../policies/policy.ts'
import { policyNamed } from '../policies/roster.ts'
import { Backend } from '../sim/backend.ts'
import { anonymousBytes } from './anonymous-memory.ts'
import { SAMPLE_MS, type ServerFacts, type ServerTask, WAITED_HEADER } from './messages.ts'

// Unhandled, a lost parent would leave the server alone.
process.on('disconnect', () => process.exit())
process.once('message', (task: ServerTask) => serve(task))

function serve(task: ServerTask): void {
  const { policy, slots, meanMs, seed, patienceMs } = task
  const backend = new Backend(
    { slots, service: { kind: 'exponential', meanMs }, slowdowns: [] },
    systemClock,
    seededRandom(16 * seed + 1),
  )
  const room = {
    clock: systemClock,
    random: seededRandom(16 * seed + 2),
    slots,
    ratePerSecond: (1000 * slots) / meanMs,
  }
  const { offer } = bound(policyNamed(policy).make(room))
  const counts = { inside: 0, answered: 0, refused: 0 }
  const server = createServer((request, response) => {
    counts.inside++
    void bodyOf(request).then((body) => {
      let hasWaited = false
      const answer = (status: number): void => {
        counts.inside--
        if (status === 200) counts.answered++
        else counts.refused++
        reply(response, { status, hasWaited }, body.length)
      }
      offer(workFor(backend, patienceMs, answer))
      hasWaited = true
    })
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
  })
  watch(task, counts)
}

/** The policy's `offer`, as a function. */
function bound(policy: { offer(work: Work): void }): { offer: (work: Work) => void } {
  return { offer: (work) => policy.offer(work) }
}

function workFor(backend: Backend, patienceMs: number, answer: (status: number) => void): Work {
  return {
    criticality: 'critical',
    key: 'anyone',
    patienceMs,
    start(done) {
      backend.submit((outcome) => {
        answer(200)
        done(outcome)
      })
    },
    refuse: () => answer(503),
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  try {
    for await (const part of request) parts.push(part)
  } catch {
    // The client left while it sent: the naive server works on all the same.
  }
  return Buffer.concat(parts)
}

interface Answer {
  readonly status: number
  readonly hasWaited: boolean
}

function reply(response: ServerResponse, { status, hasWaited }: Answer, bytes: number): void {
  if (response.destroyed) return
  const refusal = { 'retry-after': '1', ...(hasWaited ? { [WAITED_HEADER]: 'yes' } : {}) }
  response.writeHead(status, status === 503 ? refusal : {}).end(String(bytes))
}

function watch(task: ServerTask, counts: { inside: number; answered: number; refused: number }): void {
  const startBytes = anonymousBytes()
  const [memoryBytes, inside]: [number[], number[]] = [[], []]
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const [cpu, utilisation] = [process.cpuUsage(), performance.eventLoopUtilization()]
  const facts = (): ServerFacts => {
    const { user, system } = process.cpuUsage(cpu)
    return {
      memoryBytes,
      inside,
      eventLoopDelayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - 10),
      eventLoopUtilisation: performance.eventLoopUtilization(utilisation).utilization,
      cpuMs: (user + system) / 1000,
      answered: counts.answered,
      refused: counts.refused,
    }
  }
  setInterval(() => {
    const bytes = anonymousBytes()
    memoryBytes.push(bytes)
    inside.push(counts.inside)
    if (bytes - startBytes <= task.memoryBoundBytes) return
    process.send?.({ facts: facts(), stopped: true }, () => process.exit())
  }, SAMPLE_MS)
  process.on('message', (message) => {
    if (message === 'facts') process.send?.({ facts: facts(), stopped: false })
  })
}
