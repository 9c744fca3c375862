import { describe, expect, it } from 'vitest'
import { answers } from './raw-client.ts'
import { get, Holding, limited, raw, serve, until } from './rig.ts'
import { SUBJECTS } from './subjects.ts'

const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'
const post = (header: string): string =>
  `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n${header}\r\n\r\n`

/** A server whose one place is taken. */
async function full(subject: (typeof SUBJECTS)[number]) {
  const holding = new Holding()
  const server = await serve(subject, limited(1), holding.handle)
  const holder = raw(server.port)
  holder.send(GET)
  await holding.started(1)
  return { ...server, holding, holder }
}

describe.each(SUBJECTS)('a connection to $name', (subject) => {
  it('lives on after a small unread body, sent slowly, and its next request works', async () => {
    const { port, holding, holder } = await full(subject)
    const client = raw(port)
    client.send(`${post('content-length: 10')}01234`)
    await client.until((received) => received.includes('"started":false'))
    expect(client.received).toContain('503')
    holding.letGo(0)
    await holder.until((received) => received.includes('done'))
    client.send(`56789${GET}`)
    await holding.started(2)
    holding.letGo(1)
    await client.until((received) => answers(received) === 2)
    expect(client.received).toContain('200 OK')
    expect(client.closed).toBe(false)
  })

  it('serves pipelined requests in their order, refused ones among them', async () => {
    const { port, holding, stats } = await full(subject)
    const client = raw(port)
    client.send(GET.repeat(5))
    await client.until((received) => answers(received) === 5)
    expect(client.received.match(/503 Service Unavailable/g)).toHaveLength(5)
    holding.letGo(0)
    await until(() => stats().inFlight === 0)
    client.send(GET)
    await holding.started(2)
    holding.letGo(1)
    await client.until((received) => answers(received) === 6)
    expect(client.received.indexOf('200 OK')).toBeGreaterThan(client.received.lastIndexOf('503'))
  })

  it('has no request while its headers are half sent', async () => {
    const { port, stats } = await serve(subject, limited(1), () => 'ok')
    const half = raw(port)
    half.send('GET / HTTP/1.1\r\nhos')
    await get(port)
    half.destroy()
    await get(port)
    await until(() => stats().inFlight === 0)
    expect(stats()).toMatchObject({ received: 2, accepted: 2 })
  })

  it('has its body read in chunks once it is admitted, also after a wait', async () => {
    const holding = new Holding()
    const handle: Holding['handle'] = async (work) =>
      work.path === '/hold' ? holding.handle(work) : work.body()
    const { port, stats } = await serve(subject, limited(1, { timeoutMs: 30_000 }), handle)
    const holder = raw(port)
    holder.send(GET.replace('/', '/hold'))
    await holding.started(1)
    const client = raw(port)
    client.send(`${post('transfer-encoding: chunked')}3\r\nabc\r\n`)
    await until(() => stats().waiting === 1)
    holding.letGo(0)
    client.send('3\r\ndef\r\n0\r\n\r\n')
    await client.until((received) => received.includes('abcdef'))
    expect(client.received).toContain('200 OK')
  })

  it('frees the place of a client that goes away in the middle of its body', async () => {
    const signals: AbortSignal[] = []
    const { port, stats } = await serve(subject, limited(1), async ({ body, signal }) => {
      signals.push(signal)
      return body()
    })
    const client = raw(port)
    client.send(`${post('content-length: 100')}half`)
    await until(() => stats().accepted === 1)
    client.destroy()
    await until(() => stats().inFlight === 0)
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
    expect((await get(port)).statusCode).toBe(200)
  })

  it('is answered once, whole, when it was refused in the middle of a large upload', async () => {
    const { port } = await full(subject)
    for (const header of ['content-length: 100000000', 'transfer-encoding: chunked']) {
      const client = raw(port)
      client.send(post(header))
      client.send(header.startsWith('t') ? `3e8\r\n${'x'.repeat(1000)}\r\n` : 'x'.repeat(1000))
      await client.until((received) => received.includes('"started":false'))
      client.send(header.startsWith('t') ? `50000\r\n${'x'.repeat(0x50000)}\r\n` : 'x'.repeat(0x50000))
      await client.end()
      expect(answers(client.received)).toBe(1)
      expect(client.received).toMatch(/\}$/)
      if (subject.ownsConnection) expect(client.received.toLowerCase()).toContain('connection: close')
    }
  })

  it('is told no though it asked with Expect: 100-continue', async () => {
    const { port } = await full(subject)
    const client = raw(port)
    client.send(post('content-length: 5\r\nexpect: 100-continue'))
    await client.until((received) => received.includes('"started":false'))
    expect(client.received).toContain('503 Service Unavailable')
  })

  it('gets no free ride for absurd, past, repeated or endless headers', async () => {
    const budgets: (number | undefined)[] = []
    const options = limited(100, { budget: { maxMs: 500 } })
    const { port } = await serve(subject, options, ({ budgetMs }) => {
      budgets.push(budgetMs)
      return 'ok'
    })
    for (const value of ['99999999H', '-5m', 'NaN', '0x10m', '', '1m, 2m']) {
      await get(port, '/', { 'grpc-timeout': value })
    }
    await get(port, '/', { 'grpc-timeout': '250m' })
    const twice = raw(port)
    twice.send('GET / HTTP/1.1\r\nhost: x\r\ngrpc-timeout: 1m\r\ngrpc-timeout: 9S\r\n\r\n')
    await twice.until((received) => answers(received) === 1)
    expect(budgets).toEqual([500, 500, 500, 500, 500, 500, 250, 500])
    const flood = raw(port)
    flood.send(`GET / HTTP/1.1\r\nhost: x\r\n${'x-flood: y\r\n'.repeat(10_000)}\r\n`)
    await flood.end()
    expect(flood.received).toContain('431')
    expect((await get(port)).statusCode).toBe(200)
  })

  it('is refused at once when its budget is already spent', async () => {
    const { port, stats } = await serve(
      subject,
      limited(1, { timeoutMs: 1000, budget: { maxMs: 500 } }),
      () => 'ok',
    )
    const response = await get(port, '/', { 'grpc-timeout': '0m' })
    expect(response.statusCode).toBe(503)
    expect(await response.body.json()).toMatchObject({ code: expect.stringMatching(/^ERR_BUDGET_/) })
    expect(stats().accepted).toBe(0)
  })
})

describe.each(SUBJECTS.filter(({ ownsConnection }) => ownsConnection))(
  'pipelined requests to $name',
  (subject) => {
    it('give back their places when their client goes away, and none that waited is started', async () => {
      const holding = new Holding()
      const { port, stats } = await serve(subject, limited(3, { timeoutMs: 30_000 }), holding.handle)
      const client = raw(port)
      client.send(GET.repeat(5))
      await until(() => stats().inFlight === 3 && stats().waiting === 2)
      client.destroy()
      await until(() => stats().inFlight === 0)
      expect(holding.works.map(({ signal }) => signal.aborted)).toEqual([true, true, true])
      const { received, accepted, abandoned, waiting } = stats()
      expect({ received, told: accepted + abandoned, waiting }).toEqual({ received: 5, told: 5, waiting: 0 })
    })

    it('keep their places while another one is answered before them', async () => {
      const holding = new Holding()
      const { port, stats } = await serve(subject, limited(2), holding.handle)
      const client = raw(port)
      client.send(GET.repeat(2))
      await holding.started(2)
      holding.letGo(0)
      await client.until((received) => answers(received) === 1)
      await until(() => stats().inFlight === 1)
      holding.letGo(1)
      await client.until((received) => answers(received) === 2)
      await until(() => stats().inFlight === 0)
      expect(holding.works.some(({ signal }) => signal.aborted)).toBe(false)
    })
  },
)

describe('a refused upload that stalls', () => {
  it('has its one whole answer, then its connection closed, whatever the framework', async () => {
    const ends = SUBJECTS.map(async (subject) => {
      const { port, stats } = await full(subject)
      const client = raw(port)
      client.send(`${post('content-length: 100000000')}begun`)
      const received = await client.end()
      return {
        name: subject.name,
        answers: answers(received),
        whole: /\}$/.test(received),
        stats: stats().refused,
      }
    })
    for (const end of await Promise.all(ends)) {
      expect(end).toMatchObject({ answers: 1, whole: true, stats: { ERR_CONCURRENCY_LIMITED: 1 } })
    }
  })
})
