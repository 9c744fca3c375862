import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BinaryHead,
  binaryHeaders,
  isBinaryMode,
  readBinaryHead,
  unpackAttributes,
} from './binary-mode.ts'

const REQUIRED = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/shop', 'ce-type': 'paid' }

const raw = (headers: Record<string, string>): string[] => Object.entries(headers).flat()
const read = (more: Record<string, string>): BinaryHead => readBinaryHead(raw({ ...REQUIRED, ...more }))

function problem(head: BinaryHead): string {
  if (head.isEvent) throw new Error('expected a problem')
  return head.problem
}

/** Text without control characters, noncharacters and halves. */
const text = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 30 })
  .filter((given) => !/[\p{Cc}\p{Noncharacter_Code_Point}\p{Surrogate}]/u.test(given))

describe('an event in binary mode', () => {
  it('is known by source and id, and keeps all its attributes', () => {
    const head = read({
      'ce-time': '2018-04-05T17:31:00Z',
      'ce-myext': 'a b',
      'content-type': 'x/y',
      'X-Ce': '1',
    })
    expect(head).toMatchObject({ isEvent: true, id: '/shop 1' })
    expect(head.isEvent && unpackAttributes(head.attributes)).toEqual([
      ['specversion', '1.0'],
      ['id', '1'],
      ['source', '/shop'],
      ['type', 'paid'],
      ['time', '2018-04-05T17:31:00Z'],
      ['myext', 'a b'],
    ])
  })

  it('gives back any text that was sent as an attribute, in headers that any server takes', () => {
    fc.assert(
      fc.property(text, (subject) => {
        const sent = binaryHeaders(`subject:${subject}\n`)['ce-subject']!
        expect(sent).toMatch(/^[\x21-\x7e]+$/)
        const head = read({ 'ce-subject': sent })
        expect(head.isEvent && unpackAttributes(head.attributes).at(-1)).toEqual(['subject', subject])
      }),
    )
  })

  it('decodes a value once, quotes first', () => {
    const subject = (value: string): string | undefined => {
      const head = read({ 'ce-subject': value })
      return head.isEvent ? unpackAttributes(head.attributes).at(-1)?.[1] : undefined
    }
    expect(subject('Euro%20%E2%82%AC%20%F0%9F%98%80')).toBe('Euro € 😀')
    expect(subject('%2525')).toBe('%25')
    expect(subject('"a \\"b\\" %41"')).toBe('a "b" A')
    expect(subject('a b')).toBe('a b')
  })

  it.each([
    [{ 'ce-subject': '%c0%a0' }, 'the header ce-subject is no encoded text'],
    [{ 'ce-subject': '%zz' }, 'the header ce-subject is no encoded text'],
    [{ 'ce-subject': 'a"b' }, 'the header ce-subject is no encoded text'],
    [{ 'ce-subject': 'caf\xe9' }, 'the header ce-subject is no encoded text'],
    [{ 'ce-subject': 'a%0ab' }, 'the attribute "subject" holds a character that no text may hold'],
    [{ 'ce-subject': 'a%EF%BF%BFb' }, 'the attribute "subject" holds a character that no text may hold'],
    [{ 'ce-subject': '' }, 'the attribute "subject" must be a text that is not empty, got ""'],
    [{ 'ce-specversion': '0.3' }, 'the attribute "specversion" must be "1.0", got "0.3"'],
    [{ 'ce-source': 'not a uri' }, 'the attribute "source" must be a URI reference'],
    [{ 'ce-source': '/%zz' }, 'the header ce-source is no encoded text'],
    [{ 'ce-time': 'yesterday' }, 'the attribute "time" must be a time by RFC 3339'],
    [{ 'ce-dataschema': '/relative' }, 'the attribute "dataschema" must be an absolute URI'],
    [{ 'ce-my_ext': '1' }, 'the attribute "my_ext" has a name that is none'],
    [{ 'ce-data': '1' }, 'the attribute "data" is no attribute'],
    [{ 'ce-datacontenttype': 'text/plain' }, 'the header ce-datacontenttype may not be'],
    [{ 'CE-Id': '2' }, 'the header ce-id is there twice'],
  ])('is refused with %j, naming what is wrong', (more, expected) => {
    expect(problem(read(more))).toContain(expected)
  })

  it('is refused when its name is too long to be remembered', () => {
    expect(read({ 'ce-id': 'x'.repeat(2048) }).isEvent).toBe(true)
    expect(problem(read({ 'ce-id': 'x'.repeat(2049) }))).toContain('must be a text of 1 to 2048 characters')
    expect(problem(read({ 'ce-source': 'x'.repeat(2049) }))).toContain('of at most 2048 characters')
  })

  it.each(Object.keys(REQUIRED))('is refused without %s, naming it', (header) => {
    const { [header]: _left, ...rest } = REQUIRED as Record<string, string>
    expect(isBinaryMode(rest)).toBe(true)
    expect(problem(readBinaryHead(raw(rest)))).toContain(`the attribute ${header.slice(3)} is missing`)
  })

  it('is read or refused, whatever the headers', () => {
    const header = fc.oneof(
      fc.constantFrom(...Object.keys(REQUIRED), 'ce-subject', 'ce-', 'ce-x', 'x'),
      fc.string(),
    )
    const value = fc.oneof(fc.constantFrom('1.0', '%', '"', '\\', ''), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(fc.array(fc.tuple(header, value)), (headers) => {
        const head = readBinaryHead([...raw(REQUIRED), ...headers.flat()])
        if (!head.isEvent) expect(head.problem).not.toBe('')
        for (const [name, given] of head.isEvent ? unpackAttributes(head.attributes) : []) {
          expect(name).toMatch(/^[a-z0-9]+$/)
          expect(given).not.toMatch(/\p{Cc}/u)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
