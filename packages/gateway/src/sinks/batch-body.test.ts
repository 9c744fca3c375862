import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packAttributes } from '../protocol/cloud-events/binary-mode.ts'
import { readStructuredHead } from '../protocol/cloud-events/structured-mode.ts'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { payloadsOfJson } from '../protocol/payloads.ts'
import { cloudEventsBatch, ndjsonBody } from './batch-body.ts'

const JSON_EVENT: EnvelopedEvent = {
  ...{ id: 'e1', receivedAtMs: 1_700_000_000_123, tenant: '', contentType: 'application/json' },
  payload: Buffer.from('{"a": 1.0}'),
}
const ATTRIBUTES = { specversion: '1.0', id: '7', source: '/shop', type: 'paid' }
const BINARY: EnvelopedEvent = {
  ...JSON_EVENT,
  ...{ id: '/shop 7', contentType: 'text/xml', attributes: packAttributes(Object.entries(ATTRIBUTES)) },
  payload: Buffer.from('<a/>'),
}
const STRUCTURED: EnvelopedEvent = {
  ...JSON_EVENT,
  ...{ id: '/shop 7', contentType: 'application/cloudevents+json' },
  payload: Buffer.from('{ "specversion":"1.0","id":"7", "source":"/shop","type":"paid","data":[1.0]}'),
}

const body = cloudEventsBatch('orders')

function textOf(...events: readonly EnvelopedEvent[]): string {
  return body.bytesOf(events).toString()
}

/** The events of a batch as a receiver reads them. */
function read(...events: readonly EnvelopedEvent[]): readonly unknown[] {
  return JSON.parse(textOf(...events)) as unknown[] // an array by its first character
}

describe('a CloudEvents batch', () => {
  it('names an event that is none by its id, its stream and when it was received; its data is byte for byte', () => {
    expect(body.contentType).toBe('application/cloudevents-batch+json')
    expect(textOf(JSON_EVENT)).toBe(
      '[{"specversion":"1.0","id":"e1","source":"/streams/orders","type":"spillway.event","time":"2023-11-14T22:13:20.123Z","datacontenttype":"application/json","data":{"a": 1.0}}]',
    )
  })

  it('has what is not JSON in base64', () => {
    const event = { ...JSON_EVENT, contentType: 'application/x-protobuf', payload: Buffer.from([1, 2, 255]) }
    expect(read(event)).toMatchObject([{ datacontenttype: 'application/x-protobuf', data_base64: 'AQL/' }])
  })

  it('has a CloudEvent as its sender sent it, whichever way it came', () => {
    expect(textOf(STRUCTURED, STRUCTURED)).toBe(`[${STRUCTURED.payload},${STRUCTURED.payload}]`)
    expect(read(BINARY)).toEqual([{ ...ATTRIBUTES, datacontenttype: 'text/xml', data_base64: 'PGEvPg==' }])
  })

  it('tells the tenant and the trace of each', () => {
    const more = { tenant: 'shop', traceparent: '00-1-2-01' }
    const events = [JSON_EVENT, BINARY, STRUCTURED].map((event) => ({ ...event, ...more }))
    const told = { spillwaytenant: 'shop', traceparent: '00-1-2-01' }
    expect(read(...events)).toMatchObject([
      { ...told, source: '/tenants/shop/streams/orders', id: 'e1' },
      { ...told, ...ATTRIBUTES },
      { ...told, ...ATTRIBUTES, data: [1] },
    ])
  })

  it('leaves a CloudEvent the trace that its sender gave it', () => {
    const attributes = packAttributes(Object.entries({ ...ATTRIBUTES, traceparent: '00-own' }))
    expect(read({ ...BINARY, attributes, traceparent: '00-other' })).toMatchObject([
      { traceparent: '00-own' },
    ])
  })

  it('lets no sender say which tenant it is', () => {
    const forged = Buffer.from(
      `{"\\u0073pillwaytenant":"other",${STRUCTURED.payload.toString().slice(1, -1)},"spillwaytenant":"other"}`,
    )
    const attributes = packAttributes(Object.entries({ ...ATTRIBUTES, spillwaytenant: 'other' }))
    for (const tenant of ['', 'shop']) {
      const text = textOf({ ...STRUCTURED, tenant, payload: forged }, { ...BINARY, tenant, attributes })
      expect(text).not.toContain('other')
      expect(JSON.parse(text)).toMatchObject([
        { ...ATTRIBUTES, data: [1] },
        { ...ATTRIBUTES, data_base64: 'PGEvPg==' },
      ])
      expect(text.match(/spillwaytenant":"shop"/g) ?? []).toHaveLength(tenant === '' ? 0 : 2)
    }
  })

  it('is one that the gateway itself takes, whatever the payloads', () => {
    const payload = fc.json().map((text) => Buffer.from(text))
    const event = fc.record({
      payload,
      tenant: fc.constantFrom('', 'shop'),
      form: fc.constantFrom(JSON_EVENT, BINARY),
      contentType: fc.constantFrom('application/json', 'a/b+json; charset=utf-8', 'text/plain'),
    })
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), (given) => {
        const events = given.map(({ form, ...more }) => ({ ...form, ...more }))
        const parts = payloadsOfJson(body.bytesOf(events), 9, 'array')
        if (parts.kind !== 'payloads') throw new Error('expected a batch')
        expect(parts.payloads.map((part) => readStructuredHead(part).isEvent)).toEqual(events.map(() => true))
        for (const [index, part] of parts.payloads.entries()) {
          const { data, data_base64: encoded } = JSON.parse(Buffer.from(part).toString())
          const { payload, contentType } = events[index]!
          if (contentType === 'text/plain') expect(Buffer.from(encoded, 'base64')).toEqual(payload)
          else expect(data).toEqual(JSON.parse(payload.toString()))
        }
      }),
    )
  })
})

it('as lines is its payloads, one a line, as in a file', () => {
  expect(ndjsonBody.contentType).toBe('application/x-ndjson')
  const broken = { ...JSON_EVENT, payload: Buffer.from('{\n"b":2}') }
  expect(ndjsonBody.bytesOf([JSON_EVENT, broken]).toString()).toBe('{"a": 1.0}\n{ "b":2}\n')
})
