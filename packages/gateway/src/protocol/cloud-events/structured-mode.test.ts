import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonScanner } from '../json-scanner.ts'
import { packAttributes } from './binary-mode.ts'
import { readStructuredHead, type StructuredHead, structuredForm } from './structured-mode.ts'

const REQUIRED = { specversion: '1.0', id: '1', source: '/shop', type: 'paid' }

const readText = (text: string): StructuredHead => readStructuredHead(Buffer.from(text))
const read = (more: object): StructuredHead => readText(JSON.stringify({ ...REQUIRED, ...more }))

function problem(head: StructuredHead): string {
  if (head.isEvent) throw new Error('expected a problem')
  return head.problem
}

describe('an event in structured mode', () => {
  it('is known by source and id, whatever its data, its order and its white space', () => {
    const data = { id: 'inner', source: ['x'], deep: { specversion: 3 } }
    expect(read({ data })).toEqual({ isEvent: true, id: '/shop 1' })
    expect(
      readText('{ "data" : [ {} ], "type":"paid" ,"source":"/sh\\u006fp",\n"specversion":"1.0","id" :"1"}'),
    ).toEqual({ isEvent: true, id: '/shop 1' })
    expect(read({ subject: null, myext: true, other: -5, data_base64: 'AQID' }).isEvent).toBe(true)
  })

  it.each([
    [{ specversion: '0.3' }, 'the attribute "specversion" must be "1.0", got "0.3"'],
    [{ specversion: 1.5 }, 'the attribute "specversion" must be a text, a whole number or a boolean'],
    [{ id: '' }, 'the attribute "id" must be a text of 1 to 2048 characters, got ""'],
    [{ id: 7 }, 'the attribute "id" must be a text of 1 to 2048 characters, got 7'],
    [{ id: null }, 'the attribute id is missing'],
    [{ source: 'a b' }, 'the attribute "source" must be a URI reference'],
    [{ type: ['paid'] }, 'the attribute "type" must be a text, a whole number or a boolean'],
    [{ datacontenttype: 'json' }, 'the attribute "datacontenttype" must be a media type'],
    [{ time: '2018-13-05T17:31:00Z' }, 'the attribute "time" must be a time by RFC 3339'],
    [{ myExt: '1' }, 'the attribute "myExt" has a name that is none'],
    [{ big: 2 ** 31 }, 'the attribute "big" must be a whole number of 32 bits'],
    [{ data_base64: 'A' }, 'the member "data_base64" must be a text in base64'],
    [{ data: 1, data_base64: 'AQID' }, '"data" and "data_base64" may not both be there'],
  ])('is refused with %j, naming what is wrong', (more, expected) => {
    expect(problem(read(more))).toContain(expected)
  })

  it('is refused when two readers could see two events', () => {
    const twice = JSON.stringify(REQUIRED).replace('{', '{"\\u0069d":"2",')
    expect(problem(readText(twice))).toBe('the member "id" is there twice')
    expect(problem(readText('[]'))).toBe('a CloudEvent is an object')
  })

  it('is taken exactly when its attributes are right, for any JSON', () => {
    const member = fc.record(
      {
        specversion: fc.constantFrom('1.0', '1.1', 1),
        id: fc.oneof(fc.string(), fc.constantFrom('1', null)),
        source: fc.constantFrom('/shop', 'urn:x', ' ', ''),
        type: fc.constantFrom('paid', '', {}),
        data: fc.jsonValue(),
        ['__proto__']: fc.jsonValue(),
        ext: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    const forbidden = /[\p{Cc}\p{Noncharacter_Code_Point}\p{Surrogate}]/u
    fc.assert(
      fc.property(member, fc.constantFrom(undefined, 1), (event, indent) => {
        const text = JSON.stringify(event, undefined, indent)
        const { specversion, id, source, type, ext } = event
        const isText = (value: unknown): value is string =>
          typeof value === 'string' && value !== '' && !forbidden.test(value)
        const isExtension =
          ext === undefined ||
          ext === null ||
          typeof ext === 'boolean' ||
          (typeof ext === 'string' && !forbidden.test(ext)) ||
          (typeof ext === 'number' && /^-?\d+$/.test(JSON.stringify(ext)) && ext === (ext | 0))
        const expected =
          specversion === '1.0' &&
          isText(id) &&
          (source === '/shop' || source === 'urn:x') &&
          type === 'paid' &&
          isExtension &&
          !Object.hasOwn(event, '__proto__')
        expect([text, readText(text).isEvent]).toEqual([text, expected])
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the structured form of an event that came in binary mode', () => {
  const attributes = packAttributes(Object.entries({ ...REQUIRED, subject: '"€"' }))
  const form = (contentType: string, payload: string): unknown => {
    const envelope = { id: '/shop 1', receivedAtMs: 0, tenant: '', attributes }
    const bytes = structuredForm({ ...envelope, contentType, payload: Buffer.from(payload, 'latin1') })
    expect(readStructuredHead(bytes)).toEqual({ isEvent: true, id: '/shop 1' })
    return JSON.parse(Buffer.from(bytes).toString())
  }

  it('has JSON data as it was sent, and any other in base64', () => {
    const event = { ...REQUIRED, subject: '"€"' }
    expect(form('application/json', '[1, 2]')).toEqual({
      ...event,
      datacontenttype: 'application/json',
      data: [1, 2],
    })
    expect(form('text/xml', '\xff')).toEqual({ ...event, datacontenttype: 'text/xml', data_base64: '/w==' })
    expect(form('', '')).toEqual(event)
  })

  it('keeps any JSON byte for byte', () => {
    fc.assert(
      fc.property(fc.json(), (payload) => {
        const bytes = structuredForm({
          ...{ id: '', receivedAtMs: 0, tenant: '', contentType: 'a/b+json', attributes },
          payload: Buffer.from(payload),
        })
        expect(new JsonScanner(bytes).skipValue(0)).toBe(bytes.length)
        expect(Buffer.from(bytes).toString()).toContain(`"data":${payload}}`)
      }),
    )
  })
})
