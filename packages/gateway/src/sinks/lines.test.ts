import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { type LineForm, Lines } from './lines.ts'

function event(payload: Uint8Array, contentType = 'application/json'): EnvelopedEvent {
  return { id: 'e1', receivedAtMs: 1_700_000_000_000, tenant: 'shop', contentType, key: 'k"1', payload }
}

function written(form: LineForm, ...events: EnvelopedEvent[]): string {
  const lines = new Lines(form)
  lines.add(events)
  return lines.toBuffer().toString()
}

describe('an event on a line', () => {
  it('is its payload, with line feeds between tokens as spaces', () => {
    expect(written('payload', event(Buffer.from('{\n"a":1}')), event(Buffer.from('2')))).toBe('{ "a":1}\n2\n')
  })

  it('is, when asked for, the whole envelope, with JSON in it as it was received', () => {
    const line = written('envelope', event(Buffer.from('{"n": 1.00}')))
    expect(line).toBe(
      '{"id":"e1","receivedAt":"2023-11-14T22:13:20.000Z","tenant":"shop","contentType":"application/json","key":"k\\"1","payload":{"n": 1.00}}\n',
    )
  })

  it.each(['text/plain', 'application/octet-stream'])('carries a payload of %s in base64', (contentType) => {
    fc.assert(
      fc.property(fc.uint8Array(), (payload) => {
        const line = written('envelope', event(payload, contentType))
        expect(line.indexOf('\n')).toBe(line.length - 1)
        expect(Buffer.from(JSON.parse(line).payloadBase64, 'base64')).toEqual(Buffer.from(payload))
      }),
    )
  })

  it('is a JSON object with data and attributes, when it is a CloudEvent whose attributes were headers', () => {
    const attributes = 'specversion:1.0\nid:7\nsource:/shop\ntype:paid\n'
    const sent = { ...event(Buffer.from('[\n1]')), attributes }
    expect(written('payload', sent)).toBe(
      '{"specversion":"1.0","id":"7","source":"/shop","type":"paid","datacontenttype":"application/json","data":[ 1]}\n',
    )
    expect(JSON.parse(written('envelope', sent))).toMatchObject({
      attributes: { specversion: '1.0', id: '7', source: '/shop', type: 'paid' },
      payload: [1],
    })
  })

  it('is one line of JSON in either form, whatever JSON it carries', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
        const payload = Buffer.from(JSON.stringify(value, undefined, indent))
        const plain = written('payload', event(payload))
        const whole = written('envelope', event(payload, 'application/vnd.shop+json; charset=utf-8'))
        expect([plain, whole].map((line) => line.indexOf('\n') + 1)).toEqual([plain.length, whole.length])
        expect(JSON.parse(plain)).toEqual(JSON.parse(payload.toString()))
        expect(JSON.parse(whole).payload).toEqual(JSON.parse(payload.toString()))
      }),
    )
  })
})
