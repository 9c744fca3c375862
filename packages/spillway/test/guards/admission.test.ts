import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { KeyedRateLimiter, OverloadError, PriorityShedder, Processor, RateLimiter } from '../../src/index.ts'
import { get, Holding, limited, raw, serve, sum, until } from './rig.ts'
import { SUBJECTS } from './subjects.ts'

describe.each(SUBJECTS)('the guard of $name', (subject) => {
  it('admits up to the limit and answers 503 with Retry-After and a problem document above', async () => {
    const holding = new Holding()
    const { port, stats } = await serve(subject, limited(1), holding.handle)
    const first = get(port)
    await holding.started(1)
    const second = await get(port)
    expect(second.statusCode).toBe(503)
    expect(Number(second.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(second.headers['content-type']).toBe('application/problem+json')
    expect(second.headers['cache-control']).toBe('no-store')
    const problem = { code: 'ERR_CONCURRENCY_LIMITED', started: false, status: 503, retryable: true }
    expect(await second.body.json()).toMatchObject(problem)
    holding.letGo(0)
    expect((await first).statusCode).toBe(200)
    expect(stats()).toMatchObject({ received: 2, accepted: 1, refused: { ERR_CONCURRENCY_LIMITED: 1 } })
  })

  it('answers 429 with the RateLimit fields when it is the client who is over its quota', async () => {
    const gate = new RateLimiter({ ratePerSecond: 0.5, burst: 1 })
    const options = { gate, policy: { name: 'hits', quota: 1, windowS: 2 } }
    const { port } = await serve(subject, options, () => 'ok')
    expect((await get(port)).statusCode).toBe(200)
    const refused = await get(port)
    expect(refused.statusCode).toBe(429)
    expect(refused.headers['ratelimit-policy']).toBe('"hits";q=1;w=2')
    expect(refused.headers['ratelimit']).toBe(`"hits";r=0;t=${refused.headers['retry-after']}`)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(2)
  })

  it('keeps a limit for each key, and answers 413 without Retry-After to what can never pass', async () => {
    const gate = new KeyedRateLimiter({ ratePerSecond: 0.01, burst: 2, maxKeys: 10 })
    const cost = ({ path }: { path: string }) => (path === '/huge' ? 3 : 1)
    const options = {
      gate,
      cost,
      key: ({ header }: { header(name: string): string | undefined }) => header('x-user'),
    }
    const { port } = await serve(subject, options, () => 'ok')
    const statuses: number[] = []
    for (const user of ['ann', 'ann', 'ann', 'bob']) {
      statuses.push((await get(port, '/', { 'x-user': user })).statusCode)
    }
    expect(statuses).toEqual([200, 200, 429, 200])
    const huge = await get(port, '/huge', { 'x-user': 'cid' })
    expect([huge.statusCode, huge.headers['retry-after']]).toEqual([413, undefined])
  })

  it('lets a request wait as long as it may, and answers late when that was in vain', async () => {
    const holding = new Holding()
    const { port } = await serve(subject, limited(1, { timeoutMs: 60 }), holding.handle)
    const first = get(port)
    await holding.started(1)
    const late = await get(port)
    expect(late.statusCode).toBe(503)
    expect(await late.body.json()).toMatchObject({ code: 'ERR_WAIT_TIMEOUT' })
    holding.letGo(0)
    expect((await first).statusCode).toBe(200)
  })

  it('starts a request that waited when its turn comes', async () => {
    const holding = new Holding()
    const { port, stats } = await serve(subject, limited(1, { timeoutMs: 30_000 }), holding.handle)
    const first = get(port)
    await holding.started(1)
    const patient = get(port)
    await until(() => stats().waiting === 1)
    holding.letGo(0)
    await holding.started(2)
    holding.letGo(1)
    expect((await patient).statusCode).toBe(200)
    expect((await first).statusCode).toBe(200)
    expect(stats()).toMatchObject({ received: 2, accepted: 2, waiting: 0 })
  })

  it('refuses early, without a wait, when as many wait as may wait', async () => {
    const holding = new Holding()
    const { port, stats } = await serve(subject, limited(1, { timeoutMs: 30_000 }), holding.handle)
    const waiting = Array.from({ length: 9 }, () => get(port))
    await until(() => stats().waiting === 8)
    const early = await get(port)
    expect(await early.body.json()).toMatchObject({ code: 'ERR_TOO_MANY_WAITING' })
    for (let index = 0; index < 9; index++) {
      await holding.started(index + 1)
      holding.letGo(index)
    }
    for (const response of await Promise.all(waiting)) expect(response.statusCode).toBe(200)
  })

  it('never refuses nor counts what is exempt', async () => {
    const holding = new Holding()
    const exempt = ({ path }: { path: string }) => path === '/livez'
    const handle: Holding['handle'] = (work) => (work.path === '/livez' ? 'alive' : holding.handle(work))
    const { port, stats } = await serve(subject, limited(1, { exempt }), handle)
    const first = get(port)
    await holding.started(1)
    expect((await get(port, '/livez')).statusCode).toBe(200)
    expect((await get(port)).statusCode).toBe(503)
    holding.letGo(0)
    await first
    expect(stats()).toMatchObject({ received: 2, exempt: 1 })
  })

  it('counts in shadow mode what it would refuse, and admits it', async () => {
    const holding = new Holding()
    const { port, stats } = await serve(subject, limited(1, { shadow: true }), holding.handle)
    const both = [get(port), get(port)]
    await holding.started(2)
    holding.letGo(0)
    holding.letGo(1)
    for (const response of await Promise.all(both)) expect(response.statusCode).toBe(200)
    expect(stats()).toMatchObject({ accepted: 2, refused: {}, wouldRefuse: { ERR_CONCURRENCY_LIMITED: 1 } })
  })

  it('believes the server about importance, and no header', async () => {
    const seen: unknown[] = []
    const shedder = new PriorityShedder()
    const gate = {
      enter: shedder.enter.bind(shedder),
      tryEnter: (ask: { criticality?: unknown }) => {
        seen.push(ask.criticality)
        return shedder.tryEnter()
      },
    }
    const forged = { criticality: 'critical-plus', priority: 'u=0', baggage: 'criticality=critical-plus' }
    const plain = await serve(subject, { gate }, () => 'ok')
    await get(plain.port, '/', forged)
    const judged = await serve(subject, { gate, criticality: () => 'sheddable' }, () => 'ok')
    await get(judged.port, '/', forged)
    expect(seen).toEqual([undefined, 'sheddable'])
  })

  it('answers 500 and tells when a function of the options throws, and lives on', async () => {
    const errors: unknown[] = []
    const options = limited(1, {
      key: ({ path }) => {
        if (path === '/bad') throw new Error('no key')
        return 'key'
      },
      onError: (error) => {
        errors.push(error)
        throw new Error('the teller fails as well')
      },
    })
    const { port, stats } = await serve(subject, options, () => 'ok')
    expect((await get(port, '/bad')).statusCode).toBe(500)
    expect((await get(port)).statusCode).toBe(200)
    expect(errors).toHaveLength(1)
    expect(stats()).toMatchObject({ received: 2, accepted: 1, failed: 1 })
  })

  it('answers 500 when the gate fails, waiting or not, and counts it as failed', async () => {
    const broken = () => Promise.reject(new Error('the network is gone'))
    const options = { gate: { enter: broken }, timeoutMs: 50, onError: () => {} }
    const { port, stats } = await serve(subject, options, () => 'ok')
    expect((await get(port)).statusCode).toBe(500)
    expect(stats()).toMatchObject({ received: 1, failed: 1, waiting: 0 })
  })

  it('keeps its ledger in step with what clients and handlers counted', async () => {
    let handled = 0
    const handle = async () => {
      handled++
      await new Promise((resolve) => setTimeout(resolve, 3))
      return 'ok'
    }
    const { port, stats } = await serve(subject, limited(3, { timeoutMs: 2 }), handle)
    const ask = async () => {
      const { statusCode, body } = await request(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' })
      await body.dump()
      return statusCode
    }
    const statuses = await Promise.all(Array.from({ length: 100 }, ask))
    const ok = statuses.filter((status) => status === 200).length
    await until(() => stats().inFlight === 0)
    expect(ok).toBe(handled)
    expect(sum(stats().refused)).toBe(100 - ok)
    expect(stats()).toMatchObject({ received: 100, accepted: handled, abandoned: 0, failed: 0, waiting: 0 })
  })

  it('gives the place of a client that went away to the next, and takes back the wait of one that left early', async () => {
    const holding = new Holding()
    const { port, stats } = await serve(subject, limited(1, { timeoutMs: 30_000 }), holding.handle)
    const first = raw(port)
    first.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await holding.started(1)
    const leaver = raw(port)
    leaver.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await until(() => stats().waiting === 1)
    leaver.destroy()
    await until(() => stats().abandoned === 1)
    const next = get(port)
    await until(() => stats().waiting === 1)
    first.destroy()
    await until(() => holding.works[0]!.signal.aborted)
    // A fetch-style handler holds its place until it has obeyed its signal.
    holding.letGo(0)
    await holding.started(2)
    holding.letGo(1)
    expect((await next).statusCode).toBe(200)
    expect(stats()).toMatchObject({ received: 3, accepted: 2, abandoned: 1, waiting: 0 })
  })
})

describe.each(SUBJECTS)('the refusal of a handler in $name', (subject) => {
  it('is answered when it enqueues inside, and other errors are left to it', async () => {
    const processor = new Processor<string>({
      handle: () => new Promise(() => {}),
      capacity: 0,
      whenFull: 'block',
      concurrency: 1,
    })
    const handle = async ({ path }: { path: string }) => {
      if (path === '/bug') throw new Error('bug')
      if (path === '/huge') throw new OverloadError('ERR_COST_EXCEEDS_BURST', 'too large')
      await processor.enqueue('event', { timeoutMs: 20 })
      return 'taken'
    }
    const { port } = await serve(subject, limited(8), handle)
    const statuses: number[] = []
    const codes: unknown[] = []
    for (const path of ['/', '/', '/huge', '/bug']) {
      const { statusCode, body } = await get(port, path)
      statuses.push(statusCode)
      codes.push(statusCode === 503 || statusCode === 413 ? await body.json() : await body.dump())
    }
    expect(statuses).toEqual([200, 503, 413, 500])
    expect(codes[1]).toMatchObject({ code: 'ERR_WAIT_TIMEOUT', retryable: true })
    expect(codes[2]).toMatchObject({ code: 'ERR_COST_EXCEEDS_BURST', retryable: false })
  })
})
