import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answers, type Behaviour, RecordingSink } from './delivery-faults/recording-sink.ts'
import { RunningGateway } from './running-gateway.ts'
import type { Scrape } from './scrape.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')

let sink: RecordingSink
let running: RunningGateway

beforeEach(async () => {
  sink = await RecordingSink.open()
  running = await RunningGateway.start(`
drainTimeoutMs: 0
streams:
  hooks:
    class: critical
    window: { items: 100 }
    backlog: { items: 10000, bytes: 64MiB, maxAgeMs: 86400000 }
    retry: { attempts: 4, baseMs: 10, maxMs: 40 }
    deadLetters: { items: 3 }
    orderBy: /key
    concurrency: 8
    sink: { type: http, url: "${sink.url}", timeoutMs: 1000, secret: whsec_${KEY} }
  other: { class: best-effort, window: { items: 100 }, whenFull: block, sink: { type: file, path: DIR/other.ndjson } }
`)
})

afterEach(async () => {
  await running[Symbol.asyncDispose]()
  await sink.close()
})

const HOOKS = { stream: 'hooks' }

async function send(...events: readonly unknown[]): Promise<void> {
  expect((await running.post('hooks', JSON.stringify(events))).status).toBe(202)
}

/** Looks at the ledgers until `isDone`; they balance at every look. */
async function until(isDone: (scrape: Scrape) => boolean): Promise<Scrape> {
  for (;;) {
    const scrape = await running.scrape()
    expect(scrape.imbalance('hooks')).toEqual({ requests: 0, events: 0 })
    if (isDone(scrape)) return scrape
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const delivered = (count: number): Promise<Scrape> =>
  until((scrape) => scrape.sum('events_delivered_total', HOOKS) === count)
const setAside = (count: number): Promise<Scrape> =>
  until((scrape) => scrape.sum('events_dead_lettered', HOOKS) === count)

/** Misbehaves on the first attempt of each event. */
function firstTime(misbehave: Behaviour): Behaviour {
  return (response, arrival) => {
    const isFirst = arrival.headers['spillway-attempt'] === '1'
    if (isFirst) misbehave(response, arrival)
    else answers(204)(response, arrival)
  }
}

const FAULTS: Readonly<Record<string, Behaviour>> = {
  'answers 500': answers(500),
  'answers 503': answers(503),
  'answers 408': answers(408),
  'answers 425': answers(425),
  'answers 429': answers(429),
  'resets the connection': (response) => response.socket?.resetAndDestroy(),
  'never answers': () => {},
  'breaks off in the middle of its answer': (response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half')
    setTimeout(() => response.socket?.destroy(), 5)
  },
  'answers without end': (response) => {
    response.writeHead(200).write('x'.repeat(100_000))
  },
}

describe('a sink that', () => {
  it.each(Object.entries(FAULTS))(
    '%s gets every event again, and both ledgers agree with its own',
    async (_what, fault) => {
      sink.behaviour = firstTime(fault)
      await send(1, 2, 3)
      await delivered(3)
      // Exactly two each, unless this machine was so busy that an answer came too late.
      for (const payload of ['1', '2', '3']) {
        expect(sink.payloads.filter((each) => each === payload).length).toBeGreaterThanOrEqual(2)
      }
      expect(new Set(sink.payloads).size).toBe(3)
      expect((await running.post('other', '{}')).status).toBe(202)
    },
  )

  it('is down gets everything when it is back, however long that took, and holds up no other stream', async () => {
    const { port } = sink
    await sink.close()
    await send(1, 2, 3, 4, 5)
    await until((scrape) => scrape.sum('delivery_paused', { ...HOOKS, reason: 'sink' }) === 1)
    expect((await running.post('other', '{}')).status).toBe(202)
    while ((await running.scrape()).sum('events_delivered_total', { stream: 'other' }) === 0);
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await running.scrape()).sum('events_dead_lettered', HOOKS)).toBe(0)
    sink = await RecordingSink.open(port)
    await delivered(5)
    expect(sink.payloads.toSorted()).toEqual(['1', '2', '3', '4', '5'])
  })

  it('is slow is given no more at once than the concurrency says', async () => {
    const held: (() => void)[] = []
    let most = 0
    const letAllGo = (): void => {
      for (const answer of held.splice(0)) answer()
    }
    // Nobody is answered before as many are there as may be, and a ninth had the time to come.
    sink.behaviour = (response) => {
      most = Math.max(
        most,
        held.push(() => response.writeHead(200).end()),
      )
      if (held.length === 8) setTimeout(letAllGo, 50)
    }
    await send(...Array.from({ length: 40 }, (_, n) => n))
    await delivered(40)
    expect(most).toBe(8)
  })

  it('asks for a pause with Retry-After is left alone for so long', async () => {
    sink.behaviour = firstTime(answers(429, { 'retry-after': '1' }))
    await send(1)
    await until((scrape) => scrape.sum('delivery_paused', { ...HOOKS, reason: 'sink' }) === 1)
    await send(2)
    await delivered(2)
    const [first, ...later] = sink.arrivals
    for (const { atMs } of later) expect(atMs - first!.atMs).toBeGreaterThan(990)
  })

  it.each([400, 404, 410, 422, 301, 307])(
    'answers %i gets an event once: it is set aside, with the reason',
    async (status) => {
      sink.behaviour = answers(status, { location: `${sink.url}/elsewhere` })
      await send({ n: 1 })
      await setAside(1)
      expect(sink.arrivals).toHaveLength(1)
      const [letter] = (await deadLetters()).deadLetters
      expect(letter).toMatchObject({ payload: '{"n":1}', attempts: 1, reason: `the sink answered ${status}` })
    },
  )

  it('keeps failing gets an event as often as the attempts say, then it is set aside', async () => {
    sink.behaviour = answers(500)
    await send(1)
    await setAside(1)
    expect(sink.arrivals.map(({ headers }) => headers['spillway-attempt'])).toEqual(['1', '2', '3', '4'])
    expect(new Set(sink.arrivals.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })
})

it('signs each delivery by the Standard Webhooks scheme', async () => {
  await send({ a: 1 })
  await delivered(1)
  const [{ headers, payload } = sink.arrivals[0]!] = sink.arrivals
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${payload}`
  const signature = createHmac('sha256', Buffer.from(KEY, 'base64')).update(signed).digest('base64')
  expect(headers['webhook-signature']).toBe(`v1,${signature}`)
})

it('keeps the order of a key through a retry, which holds up no other key', async () => {
  sink.behaviour = (response, arrival) => {
    const isBad = arrival.payload.includes('"n":0') && arrival.payload.includes('"a"')
    if (isBad) firstTime(answers(500, { 'x-no': '' }))(response, arrival)
    else answers(200)(response, arrival)
  }
  await send(
    ...Array.from({ length: 20 }, (_, n) => ({ key: n % 2 === 0 ? 'a' : 'b', n: Math.floor(n / 2) })),
  )
  await delivered(20)
  const of = (key: string): readonly string[] =>
    sink.payloads.filter((payload) => payload.includes(`"${key}"`))
  expect(of('b')).toEqual(Array.from({ length: 10 }, (_, n) => `{"key":"b","n":${n}}`))
  expect(of('a')).toEqual([
    '{"key":"a","n":0}',
    ...Array.from({ length: 10 }, (_, n) => `{"key":"a","n":${n}}`),
  ])
})

interface Letters {
  readonly total: number
  readonly deadLetters: readonly { readonly seq: number; readonly payload: string }[]
}

async function deadLetters(): Promise<Letters> {
  const reply = await fetch(`${running.adminUrl}/api/streams/hooks/dead-letters`)
  return (await reply.json()) as Letters
}

async function act(action: 'replay' | 'purge', which: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const url = `${running.adminUrl}/api/streams/hooks/dead-letters/${action}`
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(which) })).json()
}

describe('dead letters', () => {
  it('that are full make delivery stand still, which is said; some purged or replayed, it goes on', async () => {
    sink.behaviour = (response, arrival) => answers(arrival.payload === '9' ? 200 : 400)(response, arrival)
    await send(1, 2, 3, 4)
    await until((scrape) => scrape.sum('delivery_paused', { ...HOOKS, reason: 'dead-letters-full' }) === 1)
    await send(9)
    expect(running.gateway.healthOf('hooks')?.problems.join()).toContain('its dead letters are full')
    const before = sink.arrivals.length
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(sink.arrivals).toHaveLength(before)
    sink.behaviour = answers(200)
    expect(await act('purge', { all: true })).toEqual({ purged: 3 })
    await delivered(2)
    expect(sink.payloads.slice(before).toSorted()).toEqual(['4', '9'])
  })

  it('are listed, and delivered again by number or all together', async () => {
    sink.behaviour = answers(400)
    await send('a', 'b', 'c')
    await setAside(3)
    const { total, deadLetters: letters } = await deadLetters()
    expect([total, letters.map(({ payload }) => payload).toSorted()]).toEqual([3, ['"a"', '"b"', '"c"']])
    sink.behaviour = answers(200)
    expect(await act('replay', { seqs: [letters[0]!.seq] })).toEqual({ replayed: 1 })
    await delivered(1)
    expect(sink.payloads.at(-1)).toBe(letters[0]!.payload)
    expect(await act('replay', { all: true })).toEqual({ replayed: 2 })
    await delivered(3)
    expect((await deadLetters()).total).toBe(0)
  })

  it('are touched only when it is said which', async () => {
    for (const which of [{}, { all: false }, { seqs: [] }, { seqs: ['1'] }]) {
      expect(await act('purge', which)).toMatchObject({
        status: 400,
        detail: expect.stringContaining('{"all":true}'),
      })
    }
  })
})
