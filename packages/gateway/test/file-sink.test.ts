import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EnvelopedEvent } from '../src/protocol/envelope.ts'
import { FileSink } from '../src/sinks/file-sink.ts'
import type { Sink } from '../src/sinks/sink.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const ATTEMPT = { attempt: 1 }

function event(payload: string): EnvelopedEvent {
  return {
    id: payload,
    receivedAtMs: 0,
    tenant: '',
    contentType: 'application/json',
    payload: Buffer.from(payload),
  }
}

describe('a file as a sink', () => {
  it('holds a line for each event, in the order of the calls, when they are said to be delivered', async () => {
    const path = join(folder, 'new', 'folder', 'lines.ndjson')
    const sink: Sink = await FileSink.open({ path })
    const calls = Array.from({ length: 1000 }, (_, index) =>
      sink.deliver([event(`${index}`), event(`"${index}b"`)], ATTEMPT),
    )
    expect(new Set((await Promise.all(calls)).map(({ kind }) => kind))).toEqual(new Set(['delivered']))
    const expected = Array.from({ length: 1000 }, (_, index) => `${index}\n"${index}b"\n`)
    expect(await readFile(path, 'utf8')).toBe(expected.join(''))
    await sink.close()
  })

  it('continues a file, and never on a line that an earlier process left unfinished', async () => {
    const path = join(folder, 'torn.ndjson')
    await writeFile(path, '{"a":1}\n{"b":')
    const sink: Sink = await FileSink.open({ path })
    await sink.deliver([event('{"c":3}')], ATTEMPT)
    await sink.deliver([event('{"d":4}')], ATTEMPT)
    await sink.close()
    expect(await readFile(path, 'utf8')).toBe('{"a":1}\n{"b":\n{"c":3}\n{"d":4}\n')
  })

  it('goes on at the end of a file that someone else emptied', async () => {
    const path = join(folder, 'emptied.ndjson')
    const sink: Sink = await FileSink.open({ path })
    await sink.deliver([event('1')], ATTEMPT)
    await truncate(path)
    await sink.deliver([event('2')], ATTEMPT)
    await sink.close()
    expect(await readFile(path, 'utf8')).toBe('2\n')
  })

  it('writes what was given before it was closed, and says of later events that they may be tried again', async () => {
    const path = join(folder, 'closed.ndjson')
    const sink: Sink = await FileSink.open({ path })
    const given = sink.deliver([event('1')], ATTEMPT)
    await Promise.all([sink.close(), sink.close()])
    expect(await given).toEqual({ kind: 'delivered' })
    expect(await sink.deliver([event('2')], ATTEMPT)).toMatchObject({ kind: 'again' })
    expect(await readFile(path, 'utf8')).toBe('1\n')
  })

  it.runIf(process.platform === 'linux')('says that a full disk may be tried again, and why', async () => {
    const sink: Sink = await FileSink.open({ path: '/dev/full' })
    const outcome = await sink.deliver([event('1')], ATTEMPT)
    expect(outcome).toMatchObject({ kind: 'again', cause: { code: 'ENOSPC' } })
    await sink.close()
  })
})
