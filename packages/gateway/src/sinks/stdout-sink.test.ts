import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import type { Sink } from './sink.ts'
import { StdoutSink } from './stdout-sink.ts'

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

it('writes a line for each event, and leaves the stream open when it is closed', async () => {
  const written: string[] = []
  const output = new Writable({
    write(chunk, _encoding, callback) {
      written.push(String(chunk))
      setImmediate(callback)
    },
  })
  const sink: Sink = new StdoutSink(output)
  const outcomes = [sink.deliver([event('1'), event('2')], ATTEMPT), sink.deliver([event('{\n}')], ATTEMPT)]
  await sink.close()
  expect(await Promise.all(outcomes)).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }])
  expect(written.join('')).toBe('1\n2\n{ }\n')
  expect(output.writable).toBe(true)
})

it('says that a broken pipe may be tried again, and does not end the process', async () => {
  const broken = Object.assign(new Error('broken'), { code: 'EPIPE' })
  const output = new Writable({ write: (_chunk, _encoding, callback) => callback(broken) })
  const sink: Sink = new StdoutSink(output)
  expect(await sink.deliver([event('1')], ATTEMPT)).toEqual({ kind: 'again', cause: broken })
})
