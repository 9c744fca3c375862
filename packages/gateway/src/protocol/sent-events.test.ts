import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyForm } from './media-type.ts'
import { binaryForm, readEvents, type SentEvents, type SentForm } from './sent-events.ts'

const REQUIRED = { specversion: '1.0', id: '1', source: '/shop', type: 'paid' }
const HEADERS = ['ce-specversion', '1.0', 'ce-id', '1', 'ce-source', '/shop', 'ce-type', 'paid']

const formOf = (contentType: string): SentForm => bodyForm(contentType)!
const JSON_FORM = formOf('application/json')
const FORMS: readonly SentForm[] = [
  JSON_FORM,
  formOf('application/x-ndjson'),
  formOf('application/cloudevents+json'),
  formOf('application/cloudevents-batch+json'),
  binary('application/json'),
  binary('image/png'),
]

function binary(contentType: string): SentForm {
  const form = binaryForm({ headers: { 'content-type': contentType }, rawHeaders: HEADERS })
  if (!form || 'problem' in form) throw new Error('expected a form')
  return form
}

const read = (form: SentForm, text: string): SentEvents => readEvents(form, Buffer.from(text), 100)

describe('the events of a body', () => {
  it('have the media type of their form, and names where they have their own', () => {
    const event = JSON.stringify(REQUIRED)
    const batch = read(formOf('application/cloudevents-batch+json'), `[${event}]`)
    expect(batch).toMatchObject({ contentType: 'application/cloudevents+json', ids: ['/shop 1'] })
    expect(read(formOf('application/x-ndjson'), '1\n2')).toMatchObject({ contentType: 'application/json' })
    expect(read(binary('text/xml'), '<a/>')).toMatchObject({ contentType: 'text/xml', ids: ['/shop 1'] })
  })

  it('are one where the body is the data of one, of any kind', () => {
    expect(read(binary('application/json'), ' [1,2] ')).toMatchObject({ payloads: [Buffer.from('[1,2]')] })
    expect(read(binary('application/json'), '').kind).toBe('malformed')
  })

  it('are slices of the body, byte for byte, or there are none, whatever the bytes', () => {
    const near = fc
      .array(
        fc.constantFrom('{', '}', '[', ']', ',', ':', '"id"', '"1"', '"source"', '1', '\n', ' ', '\\', 'é'),
      )
      .map((parts) => Buffer.from(parts.join('')))
    const real = fc
      .record({ ...fields(), data: fc.jsonValue() }, { requiredKeys: [] })
      .map((event) => Buffer.from(JSON.stringify(event)))
    const body = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      near,
      real,
    )
    fc.assert(
      fc.property(body, fc.constantFrom(...FORMS), (bytes, form) => {
        const sent = readEvents(form, bytes, 100)
        if (sent.kind !== 'events') return
        let from = 0
        for (const payload of sent.payloads) {
          expect(payload.buffer).toBe(bytes.buffer)
          const at = payload.byteOffset - bytes.byteOffset
          expect(at).toBeGreaterThanOrEqual(from)
          from = at + payload.length
        }
        expect(from).toBeLessThanOrEqual(bytes.length)
        if (sent.ids) expect(sent.ids).toHaveLength(sent.payloads.length)
      }),
      { numRuns: 2000 },
    )
  })

  it('are never taken as CloudEvents when one attribute of any is missing', () => {
    const names = Object.keys(REQUIRED)
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.nat(4),
        fc.integer({ min: 1, max: 5 }),
        (name, place, count) => {
          const events: object[] = Array.from({ length: count }, (_, i) => ({ ...REQUIRED, id: String(i) }))
          const index = place % count
          events[index] = { ...REQUIRED, [name]: undefined }
          expect(read(formOf('application/cloudevents-batch+json'), JSON.stringify(events))).toMatchObject({
            kind: 'faulty',
            index,
            problem: expect.stringContaining(`the attribute ${name} is missing`),
          })
        },
      ),
    )
  })
})

/** Attributes that are right, most of the time. */
function fields() {
  return {
    specversion: fc.constantFrom('1.0', '0.3'),
    id: fc.string(),
    source: fc.constantFrom('/shop', '', 'a b'),
    type: fc.constantFrom('paid', 3),
  }
}

describe('an event whose attributes are headers', () => {
  const headers = (contentType?: string) => ({
    headers: { 'content-type': contentType },
    rawHeaders: HEADERS,
  })

  it('needs no media type, but one that is there must be one, and JSON in UTF-8', () => {
    expect(binaryForm(headers())).toMatchObject({ kind: 'binary', contentType: '' })
    expect(binaryForm(headers('nonsense'))).toBeUndefined()
    expect(binaryForm(headers('text/plain; charset=latin1'))).toMatchObject({ kind: 'binary' })
    expect(binaryForm(headers('application/json; charset=latin1'))).toBeUndefined()
  })

  it('is told what is wrong with it', () => {
    expect(binaryForm({ headers: {}, rawHeaders: HEADERS.slice(2) })).toEqual({
      problem: expect.stringContaining('the attribute specversion is missing'),
    })
  })
})
