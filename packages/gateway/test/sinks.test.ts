import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EnvelopedEvent } from '../src/protocol/envelope.ts'
import { FileSink } from '../src/sinks/file-sink.ts'
import { HttpSink } from '../src/sinks/http-sink.ts'
import { ModuleSink } from '../src/sinks/module-sink.ts'
import type { Sink } from '../src/sinks/sink.ts'
import { RecordingSink } from './delivery-faults/recording-sink.ts'
import { RunningGateway } from './running-gateway.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-sinks-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const ATTEMPT = { attempt: 1 }

function event(text: string, id = text): EnvelopedEvent {
  const fixed = { receivedAtMs: 0, tenant: '', contentType: 'application/json' }
  return { ...fixed, id, payload: Buffer.from(text) }
}

describe('a file with a bound', () => {
  it('is begun anew before it would grow above it; the lines of all files together are the events in order', async () => {
    const directory = join(folder, 'rotated')
    const sink: Sink = await FileSink.open({ path: join(directory, 'events.ndjson'), rotateBytes: 1024 })
    for (let n = 0; n < 60; n++) await sink.deliver([event(`"${String(n).padStart(98)}"`)], ATTEMPT)
    await sink.close()
    const names = (await readdir(directory)).toSorted()
    expect(names.slice(0, 3)).toEqual(['events.ndjson', 'events.ndjson.000001', 'events.ndjson.000002'])
    const inOrder = [...names.slice(1), names[0]!]
    const texts = await Promise.all(inOrder.map((name) => readFile(join(directory, name), 'utf8')))
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(1024)
    expect(
      texts
        .join('')
        .trimEnd()
        .split('\n')
        .map((line) => Number(JSON.parse(line))),
    ).toEqual(Array.from({ length: 60 }, (_, n) => n))
  })

  it('goes on with the next number after a restart, and takes a larger event whole', async () => {
    const directory = join(folder, 'rotated')
    const sink: Sink = await FileSink.open({ path: join(directory, 'events.ndjson'), rotateBytes: 1024 })
    const before = (await readdir(directory)).length
    await sink.deliver([event('x'.repeat(5000))], ATTEMPT)
    await sink.deliver([event('"after"')], ATTEMPT)
    await sink.close()
    expect(await readdir(directory)).toHaveLength(before + 2)
    expect(await readFile(join(directory, 'events.ndjson'), 'utf8')).toBe('"after"\n')
  })
})

describe('a module', () => {
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, text)
    return path
  }

  it('is given one event at a time, or with batches an array, and the number of the attempt', async () => {
    const path = await write(
      'record.mjs',
      'export const seen = globalThis.seenByModule = []\nexport const deliver = (given, { attempt }) => void seen.push([given, attempt])\n',
    )
    const single = await ModuleSink.open(path, 'deliver', false)
    const both = await ModuleSink.open(path, 'deliver', true)
    const [a, b] = [event('a'), event('b')]
    expect(await single.deliver([a, b], ATTEMPT)).toEqual({ kind: 'delivered' })
    expect(await both.deliver([a, b], { attempt: 2 })).toEqual({ kind: 'delivered' })
    expect(Reflect.get(globalThis, 'seenByModule')).toEqual([
      [a, 1],
      [b, 1],
      [[a, b], 2],
    ])
  })

  it('says by what it throws whether a later attempt may succeed, and when', async () => {
    const path = await write(
      'throw.mjs',
      `export async function deliver({ id }) {
  throw Object.assign(new Error(id), JSON.parse(id))
}
`,
    )
    const sink = await ModuleSink.open(path, 'deliver', false)
    const outcomeOf = (more: object): Promise<unknown> =>
      sink.deliver([event('x', JSON.stringify(more))], ATTEMPT)
    expect(await outcomeOf({})).toMatchObject({ kind: 'again' })
    expect(await outcomeOf({ retryable: false })).toMatchObject({ kind: 'never' })
    expect(await outcomeOf({ retryAfterMs: 70 })).toMatchObject({ kind: 'again', retryAfterMs: 70 })
    expect(await outcomeOf({ retryAfterMs: 'soon' })).toMatchObject({ retryAfterMs: undefined })
  })

  it('that has no such function stops the start, with what it does export', async () => {
    const path = await write('other.mjs', 'export const send = 1\n')
    const yaml = `streams:\n  own: { class: best-effort, window: { items: 1 }, whenFull: reject, sink: { type: module, path: ${path} } }\n`
    await expect(RunningGateway.start(yaml)).rejects.toThrow(
      `stream own: its module ${path} cannot be used (it exports no function "deliver", but send)`,
    )
  })

  it('takes the events of a stream in batches, all of them', async () => {
    const path = await write(
      'batches.mjs',
      'const batches = globalThis.batchesOfModule = []\nexport const deliver = (events) => void batches.push(events.map(({ payload }) => String(payload)))\n',
    )
    await using running = await RunningGateway.start(
      `streams:\n  own: { class: best-effort, window: { items: 100 }, whenFull: reject, concurrency: 20, batch: { size: 10, intervalMs: 20 }, sink: { type: module, path: ${path} } }\n`,
    )
    await running.post('own', JSON.stringify(Array.from({ length: 25 }, (_, n) => n)))
    while ((await running.scrape()).sum('events_delivered_total') < 25);
    const batches = Reflect.get(globalThis, 'batchesOfModule') as string[][] // the module above
    expect(batches.map(({ length }) => length)).toEqual([10, 10, 5])
    expect(batches.flat().map(Number)).toEqual(Array.from({ length: 25 }, (_, n) => n))
  })
})

describe('an http sink', () => {
  const open = (url: string, allowPrivate: boolean): HttpSink =>
    new HttpSink({ type: 'http', url, timeoutMs: 1000, allowPrivate }, () => 0)

  it('connects by name to a private address only when that is allowed; to an address as it is written', async () => {
    const consumer = await RecordingSink.open()
    const byName = `http://localhost:${consumer.port}/`
    const [refusing, allowing, literal] = [open(byName, false), open(byName, true), open(consumer.url, false)]
    expect(await refusing.deliver([event('1')], ATTEMPT)).toMatchObject({
      kind: 'never',
      cause: {
        message: expect.stringMatching(
          /^localhost stands for (127\.0\.0\.1|::1), a private address; .*allowPrivate: true$/,
        ),
      },
    })
    expect(consumer.arrivals).toEqual([])
    expect(await literal.deliver([event('2')], ATTEMPT)).toEqual({ kind: 'delivered' })
    expect((await allowing.deliver([event('3')], ATTEMPT)).kind).toBe('delivered')
    expect(consumer.payloads).toEqual(['2', '3'])
    for (const sink of [refusing, allowing, literal]) await sink.close()
    await consumer.close()
  })

  it('gives up what is under way when it is closed', async () => {
    const consumer = await RecordingSink.open()
    consumer.behaviour = () => {}
    const sink = open(consumer.url, false)
    const outcome = sink.deliver([event('1')], ATTEMPT)
    await consumer.hasDistinct(1)
    await sink.close()
    expect((await outcome).kind).toBe('again')
    await consumer.close()
  })
})
