import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Besieged, statusesIn } from './hostile/besieged.ts'

const TARGET = 'POST /v1/streams/door HTTP/1.1\r\n'
const HEAD = `${TARGET}Host: x\r\nContent-Type: application/json\r\n`
const CHUNKS = '2\r\n{}\r\n0\r\n\r\n'
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`

let besieged: Besieged

beforeAll(async () => {
  besieged = await Besieged.start('drainTimeoutMs: 1000\n')
})

afterAll(() => besieged[Symbol.asyncDispose]())

describe('a request that two servers could read differently', () => {
  it.each([
    ['both a length and chunks', `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`],
    ['both chunks and a length', `${HEAD}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n${CHUNKS}`],
    ['two lengths', `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a length twice', `${HEAD}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`],
    ['a list of lengths', `${HEAD}Content-Length: 2, 2\r\n\r\n{}`],
    ['a length with a sign', `${HEAD}Content-Length: +2\r\n\r\n{}`],
    ['a negative length', `${HEAD}Content-Length: -2\r\n\r\n{}`],
    ['a length in hexadecimal', `${HEAD}Content-Length: 0x2\r\n\r\n{}`],
    ['a length beyond all numbers', `${HEAD}Content-Length: 99999999999999999999\r\n\r\n{}`],
    ['a length that is empty', `${HEAD}Content-Length: \r\n\r\n{}`],
    ['a space before the colon', `${HEAD}Content-Length : 2\r\n\r\n{}`],
    ['a space before the colon of its coding', `${HEAD}Transfer-Encoding : chunked\r\n\r\n${CHUNKS}`],
    ['chunks under another name', `${HEAD}Transfer-Encoding: xchunked\r\n\r\n${CHUNKS}`],
    ['chunks in quotes', `${HEAD}Transfer-Encoding: "chunked"\r\n\r\n${CHUNKS}`],
    ['chunks behind a vertical tab', `${HEAD}Transfer-Encoding: \x0bchunked\r\n\r\n${CHUNKS}`],
    ['chunks on a folded line', `${HEAD}Transfer-Encoding:\r\n chunked\r\n\r\n${CHUNKS}`],
    ['chunks within another coding', `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n${CHUNKS}`],
    ['another coding within chunks', `${HEAD}Transfer-Encoding: chunked, gzip\r\n\r\n${CHUNKS}`],
    ['two codings', `${HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n${CHUNKS}`],
    ['chunks in HTTP/1.0', `${HEAD.replace('1.1', '1.0')}Transfer-Encoding: chunked\r\n\r\n${CHUNKS}`],
    ['a chunk of no length', `${CHUNKED}z\r\n{}\r\n0\r\n\r\n`],
    ['a chunk of negative length', `${CHUNKED}-2\r\n{}\r\n0\r\n\r\n`],
    ['a chunk in hexadecimal with its prefix', `${CHUNKED}0x2\r\n{}\r\n0\r\n\r\n`],
    ['a chunk beyond all numbers', `${CHUNKED}10000000000000002\r\n{}\r\n0\r\n\r\n`],
    ['a chunk longer than it says', `${CHUNKED}1\r\n{}\r\n0\r\n\r\n`],
    ['chunks with bare line feeds', `${CHUNKED}2\n{}\n0\n\n`],
    ['a bare line feed in an extension of a chunk', `${CHUNKED}2;\n{}\r\n0\r\n\r\n`],
    ['endless extensions of a chunk', `${CHUNKED}2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`],
    ['a length behind its chunks', `${CHUNKED}2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n`],
    ['bare line feeds', `${TARGET}Host: x\nContent-Type: application/json\nContent-Length: 2\n\n{}`],
    ['a bare carriage return', `${TARGET}Host: x\rContent-Length: 2\r\n\r\n{}`],
    ['a folded header', `${HEAD}X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}`],
    ['a space before its first header', `${TARGET} Host: x\r\nContent-Length: 2\r\n\r\n{}`],
    ['a NUL in a header', `${HEAD}X: a\0b\r\nContent-Length: 2\r\n\r\n{}`],
    ['no host', `${TARGET}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`],
    ['two hosts', `${HEAD}Host: y\r\nContent-Length: 2\r\n\r\n{}`],
    ['a space in its path', `POST /v1/streams/door /x HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['no version', 'POST /v1/streams/door\r\n\r\n'],
    ['an unknown version', 'POST /v1/streams/door HTTP/1.2\r\nHost: x\r\n\r\n'],
    ['the version of another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('because it has %s is refused, and nothing is let in', async (_what, bytes) => {
    const before = await besieged.taken()
    // What follows is never read as a request.
    const smuggled = `${HEAD}Content-Length: 2\r\n\r\n{}`
    const received = await besieged.exchange(`${bytes}${smuggled}`)
    expect(received).toMatch(/^HTTP\/1.1 400 .*application\/problem\+json.*"ERR_MALFORMED_REQUEST"/s)
    expect(statusesIn(received)).toEqual(['400'])
    expect(await besieged.taken()).toBe(before)
  })
})

describe('what is pipelined behind a request', () => {
  it('is a request of its own, or ends the connection', async () => {
    const before = await besieged.taken()
    const good = `${HEAD}Content-Length: 2\r\n\r\n{}`
    expect(await besieged.statusesFor(`${good}${good}complete nonsense\r\n\r\n`)).toEqual([
      '202',
      '202',
      '400',
    ])
    expect(await besieged.taken()).toBe(before + 2)
  })

  it('is what a length that is too short leaves over: malformed, then nonsense', async () => {
    const before = await besieged.taken()
    const short = `${HEAD}Content-Length: 3\r\n\r\n{"a":1}\r\n\r\n`
    expect(await besieged.statusesFor(short)).toEqual(['400', '400'])
    expect(await besieged.taken()).toBe(before)
  })

  it('is taken once, however many thousand times it comes', async () => {
    const before = await besieged.taken()
    const one = `${HEAD}Content-Length: 2\r\n\r\n{}`
    const statuses = await besieged.statusesFor(`${one.repeat(2000)}\0`)
    expect(statuses.filter((status) => status === '202')).toHaveLength(2000)
    expect(await besieged.taken()).toBe(before + 2000)
  })
})

describe('a body', () => {
  it.each([
    ['arrays', '['.repeat(100_000)],
    ['objects', '{"a":'.repeat(100_000)],
    ['closed arrays', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('is refused when it nests 100,000 levels deep, at once: %s', async (_what, body) => {
    const startMs = performance.now()
    expect(await besieged.post('door', body)).toBe(400)
    expect(await besieged.post('door', `[1,${body}`)).toBe(400)
    expect(performance.now() - startMs).toBeLessThan(2000)
  })

  it('is refused when it is not UTF-8, whatever it claims', async () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
      const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')])
      expect(await besieged.post('door', body)).toBe(400)
    }
  })

  it('is delivered as it came when its keys have a meaning for programs, not for the gateway', async () => {
    const body = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":1}},"a":1,"a":2}'
    expect(await besieged.post('door', body)).toBe(202)
    while (!(await besieged.delivered('door')).endsWith(`\n${body}\n`));
    // Nothing in the gateway is another than before.
    expect(await besieged.post('door', '{}')).toBe(202)
  })
})

describe('a page with the admin listener’s address', () => {
  it.each([
    ['a name made to point here', 'Host: evil.example\r\n', '421'],
    ['a page of another origin', 'Host: 127.0.0.1\r\nOrigin: http://evil.example\r\n', '403'],
    ['a page that hides its origin', 'Host: 127.0.0.1\r\nOrigin: null\r\n', '403'],
    ['a page of another site', 'Host: localhost\r\nSec-Fetch-Site: cross-site\r\n', '403'],
  ])('changes nothing: %s', async (_what, headers, status) => {
    const { adminPort } = besieged
    const change = `POST /api/streams/good/pause HTTP/1.1\r\n${headers}Content-Length: 0\r\nConnection: close\r\n\r\n`
    expect(await besieged.statusesFor(change, adminPort)).toEqual([status])
    const read = `GET /api/state HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`
    const told = await besieged.exchange(read, adminPort)
    expect(told).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(told).not.toContain('"streams"')
    const paused = (await besieged.scrape()).sum('delivery_paused', { stream: 'good' })
    expect(paused).toBe(0)
  })
})

it('has served everybody else meanwhile', async () => {
  await besieged.calm()
  expect(besieged.good.length).toBeGreaterThan(20)
  expect(besieged.good.every(({ status }) => status === 202)).toBe(true)
  expect(besieged.probed.every(({ status }) => status === 200)).toBe(true)
  const scrape = await besieged.scrape()
  expect(scrape.sum('events_accepted_total', { stream: 'good' })).toBe(besieged.good.length)
  expect(scrape.imbalance('door')).toEqual({ requests: 0, events: 0 })
})
