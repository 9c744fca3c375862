import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { streamOf, until } from './admin-client.ts'
import { type Arrival, answers, type Behaviour, RecordingSink } from './delivery-faults/recording-sink.ts'
import { Receiver } from './receiver.ts'
import { RunningGateway } from './running-gateway.ts'
import type { Scrape } from './scrape.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const BATCH_TYPE = 'application/cloudevents-batch+json'

/** An element of a batch, as far as it is looked at. */
interface Element {
  readonly id: string
  readonly data: { readonly n: number; readonly key?: string }
}

let consumer: RecordingSink

beforeEach(async () => {
  consumer = await RecordingSink.open()
})

afterEach(() => consumer.close())

interface Given {
  readonly url?: string
  readonly sink?: string
  readonly batch?: string
  readonly more?: string
}

const serving = ({
  url = consumer.url,
  sink = '',
  batch = 'size: 100, intervalMs: 200',
  more = '',
}: Given = {}): Promise<RunningGateway> =>
  RunningGateway.start(`
streams:
  bulk:
    class: best-effort
    window: { items: 20000 }
    whenFull: reject
    batch: { ${batch} }
    ${more}
    sink: { type: http, url: "${url}", ${sink} }
`)

const numbered = (count: number): readonly object[] => Array.from({ length: count }, (_, n) => ({ n }))

async function post(running: RunningGateway, events: readonly object[]): Promise<void> {
  expect(await running.post('bulk', JSON.stringify(events))).toMatchObject({
    status: 202,
    json: { accepted: events.length },
  })
}

/** Waits until so many are delivered and so many set aside; the ledger balances all the while. */
function settled(running: RunningGateway, delivered: number, deadLettered = 0): Promise<Scrape> {
  const look = async (): Promise<Scrape> => {
    const scrape = await running.scrape()
    expect(scrape.imbalance('bulk')).toEqual({ requests: 0, events: 0 })
    return scrape
  }
  return until(look, (scrape) => {
    return (
      scrape.sum('events_delivered_total') === delivered &&
      scrape.sum('events_dead_lettered') === deadLettered
    )
  })
}

function elementsOf({ payload }: Pick<Arrival, 'payload'>): readonly Element[] {
  return JSON.parse(payload) as Element[] // what the gateway sends; a test that fails otherwise
}

const numbersOf = (arrival: Pick<Arrival, 'payload'>): readonly number[] =>
  elementsOf(arrival).map(({ data }) => data.n)

/** Answers by the numbers in a batch, and keeps those of the batches that were taken. */
function taking(statusOf: (numbers: readonly number[]) => number): { taken: number[]; behaviour: Behaviour } {
  const taken: number[] = []
  const behaviour: Behaviour = (response, arrival) => {
    const numbers = numbersOf(arrival)
    const status = statusOf(numbers)
    if (status < 300) taken.push(...numbers)
    response.writeHead(status).end()
  }
  return { taken, behaviour }
}

const inOrder = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n)
const sorted = (numbers: readonly number[]): readonly number[] => numbers.toSorted((a, b) => a - b)

describe('an http sink with batches', () => {
  it('posts many events at once, as CloudEvents, each with its id', async () => {
    await using running = await serving()
    await post(running, numbered(250))
    await settled(running, 250)
    expect(consumer.arrivals.map((arrival) => numbersOf(arrival).length)).toEqual([100, 100, 50])
    expect(consumer.arrivals.flatMap(numbersOf)).toEqual(inOrder(250))
    expect(new Set(consumer.arrivals.flatMap(elementsOf).map(({ id }) => id)).size).toBe(250)
    expect(consumer.arrivals[0]?.headers).toMatchObject({
      'content-type': BATCH_TYPE,
      'spillway-attempt': '1',
    })
  })

  it('sets aside the one event among 100 that is refused, and delivers every other once', async () => {
    const { taken, behaviour } = taking((numbers) => (numbers.includes(37) ? 422 : 200))
    consumer.behaviour = behaviour
    await using running = await serving()
    await post(running, numbered(100))
    await settled(running, 99, 1)
    expect(taken).toEqual(inOrder(100).filter((n) => n !== 37))
    expect(consumer.arrivals.length).toBeLessThanOrEqual(15)
    const letters = await fetch(`${running.adminUrl}/api/streams/bulk/dead-letters`)
    expect(await letters.json()).toMatchObject({
      deadLetters: [{ attempts: 1, reason: expect.stringContaining('the sink answered 422') }],
    })
  })

  it('delivers everything to a receiver that answers 413 above seven events', async () => {
    const { taken, behaviour } = taking((numbers) => (numbers.length > 7 ? 413 : 200))
    consumer.behaviour = behaviour
    await using running = await serving()
    await post(running, numbered(300))
    await settled(running, 300)
    expect(sorted(taken)).toEqual(inOrder(300))
  })

  it('divides no batch when it is the sender who is refused', async () => {
    consumer.behaviour = answers(401)
    await using running = await serving({ batch: 'size: 10, intervalMs: 50' })
    await post(running, numbered(10))
    await settled(running, 0, 10)
    expect(consumer.arrivals).toHaveLength(1)
  })

  it('tries all of a batch again, no sooner than Retry-After says; what is left undivided too', async () => {
    let answered = 0
    // All, then the first half; at the second half there is no more.
    const statuses = [422, 200, 503]
    consumer.behaviour = (response, arrival) => {
      const status = statuses[answered++] ?? 200
      answers(status, status === 503 ? { 'retry-after': '1' } : {})(response, arrival)
    }
    await using running = await serving({ batch: 'size: 8, intervalMs: 20' })
    await post(running, numbered(8))
    await settled(running, 8)
    const [, , refused, next] = consumer.arrivals
    expect(next!.atMs - refused!.atMs).toBeGreaterThan(900)
    expect(consumer.arrivals.slice(0, 3).map(numbersOf)).toEqual([inOrder(8), [0, 1, 2, 3], [4, 5, 6, 7]])
    expect(sorted(consumer.arrivals.slice(3).flatMap(numbersOf))).toEqual([4, 5, 6, 7])
    expect(next!.headers['spillway-attempt']).toBe('2')
  })

  it('loses nothing while the receiver is away; that costs no attempt', async () => {
    const { port } = consumer
    await consumer.close()
    await using running = await serving({
      url: `http://127.0.0.1:${port}/`,
      more: 'retry: { attempts: 2, baseMs: 20, maxMs: 50 }',
    })
    await post(running, numbered(150))
    // Both batches, and some events that were tried again.
    await until(
      () => streamOf(running.adminUrl, 'bulk'),
      ({ sink }) => sink.consecutiveFailures > 155,
    )
    consumer = await RecordingSink.open(port)
    await settled(running, 150)
    expect(new Set(consumer.arrivals.flatMap(numbersOf)).size).toBe(150)
    expect(consumer.arrivals[0]?.headers['spillway-attempt']).toBe('1')
  })

  it('keeps the order of each key, through events that are refused and tried again', async () => {
    const failed = new Set<number>()
    const { taken, behaviour } = taking((numbers) => {
      const first = numbers.find((n) => n % 10 === 0 && !failed.has(n))
      if (first === undefined) return 200
      failed.add(first)
      return first % 20 === 0 ? 503 : 422
    })
    consumer.behaviour = behaviour
    await using running = await serving({
      batch: 'size: 4, intervalMs: 5',
      more: 'orderBy: /key\n    retry: { attempts: 5, baseMs: 1, maxMs: 5 }',
    })
    const keyOf = (n: number): number => n % 7
    await post(
      running,
      inOrder(100).map((n) => ({ n, key: String(keyOf(n)) })),
    )
    const { sum } = await until(
      () => running.scrape(),
      (scrape) => scrape.sum('events_delivered_total') + scrape.sum('events_dead_lettered') === 100,
    ).then((scrape) => ({ sum: scrape.sum('events_dead_lettered') }))
    expect(taken.length + sum).toBe(100)
    for (const key of inOrder(7)) {
      const ofKey = taken.filter((n) => keyOf(n) === key)
      expect(ofKey).toEqual(sorted(ofKey))
    }
  })

  it('bounds the payload of a body, and posts a larger event alone', async () => {
    await using running = await serving({ batch: 'size: 100, intervalMs: 200, maxBytes: 4KiB' })
    const text = 'x'.repeat(990)
    await post(running, [
      ...inOrder(20).map((n) => ({ n, text })),
      { n: 20, text: text.repeat(9) },
      { n: 21, text },
    ])
    await settled(running, 22)
    expect(consumer.arrivals.map(numbersOf).map(({ length }) => length)).toEqual([4, 4, 4, 4, 4, 1, 1])
  })

  it('as lines posts payloads alone, one a line', async () => {
    await using running = await serving({ sink: 'format: ndjson' })
    await post(running, numbered(3))
    await settled(running, 3)
    expect(consumer.payloads).toEqual(['{"n":0}\n{"n":1}\n{"n":2}\n'])
    expect(consumer.arrivals[0]?.headers['content-type']).toBe('application/x-ndjson')
  })
})

describe('a signed batch', () => {
  it('is proved by the Standard Webhooks scheme: id, time and the whole body', async () => {
    await using receiver = await Receiver.start()
    await using running = await serving({ url: receiver.url, sink: `secret: ${SECRET}` })
    await post(running, numbered(5))
    const { headers, body } = await receiver.at(0)
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64')
    expect(headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
    )
    expect(headers['webhook-id']).toMatch(/^batch_[\w-]{43}$/)
    expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60)
  })

  it('of events of the gateway’s own making is taken by another gateway, each event once', async () => {
    await using next = await RunningGateway.start(`
streams:
  bulk: { class: best-effort, window: { items: 1000 }, whenFull: reject, verify: { type: standard-webhooks, secret: ${SECRET} }, sink: { type: file, path: DIR/bulk.ndjson } }
`)
    await using running = await serving({ url: `${next.url}/v1/streams/bulk`, sink: `secret: ${SECRET}` })
    await post(running, numbered(120))
    await settled(running, 120)
    await settled(next, 120)
    const lines = (await next.read('bulk.ndjson')).trimEnd().split('\n')
    expect(numbersOf({ payload: `[${lines.join(',')}]` })).toEqual(inOrder(120))
  })
})
