import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_JSON_DEPTH } from './json-scanner.ts'
import { type Payloads, payloadsOfJson, payloadsOfNdjson } from './payloads.ts'

const MANY = 1_000_000
const bytesOf = (text: string): Buffer => Buffer.from(text, 'utf8')
const json = (text: string, maxEvents = MANY): Payloads => payloadsOfJson(bytesOf(text), maxEvents)
const ndjson = (text: string, maxEvents = MANY): Payloads => payloadsOfNdjson(bytesOf(text), maxEvents)

function texts(result: Payloads): readonly string[] {
  if (result.kind !== 'payloads') throw new Error(`expected payloads, got ${JSON.stringify(result)}`)
  return result.payloads.map((payload) => Buffer.from(payload).toString('utf8'))
}

function fault(result: Payloads): string {
  if (result.kind !== 'malformed') throw new Error(`expected a fault, got ${result.kind}`)
  return `${result.position.line}:${result.position.column} ${result.problem}`
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Where white space may stand between the tokens of a JSON text, some is put. */
const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 })
/** JSON texts of values whose strings hold brackets, quotes, escapes and characters of every length. */
const jsonText = fc
  .tuple(
    fc.jsonValue({
      stringUnit: fc.oneof(
        fc.constantFrom('[', ']', '{', '}', '"', '\\', ','),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
    }),
    fc.constantFrom(undefined, 1, '\t'),
  )
  .map(([value, indent]) => JSON.stringify(value, undefined, indent))

describe('an application/json body', () => {
  it('holds one event when it is an object, without the white space around it', () => {
    expect(texts(json('\r\n {"a": [1, "x"]}\t'))).toEqual(['{"a": [1, "x"]}'])
  })

  it('holds one event in each element of an array, of any kind', () => {
    expect(texts(json('[ {"a":1},[2] , "x\\"],[", -1.5e+3,true,null,{} ]'))).toEqual([
      '{"a":1}',
      '[2]',
      '"x\\"],["',
      '-1.5e+3',
      'true',
      'null',
      '{}',
    ])
    expect(texts(json(' [ ] '))).toEqual([])
  })

  it('keeps the exact bytes of any element, whatever its strings hold and whatever white space surrounds it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(space, jsonText, space)), (parts) => {
        const body = `[${parts.map(([before, text, after]) => before + text + after).join(',')}]`
        expect(texts(json(parts.length === 0 ? '[]' : body))).toEqual(parts.map(([, text]) => text))
      }),
    )
  })

  it('is malformed exactly when JSON.parse says so, for any text near to JSON', () => {
    const scraps = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'u00e9',
      'true',
      'nul',
      '0',
      '1',
      '-',
      '.',
      'e',
      '+',
      ' ',
      '\n',
      'é',
    ]
    const soup = fc.array(fc.constantFrom(...scraps), { maxLength: 12 }).map((parts) => parts.join(''))
    const wounded = fc.tuple(jsonText, fc.nat(), fc.constantFrom('', ...scraps)).map(([text, at, scrap]) => {
      const cut = at % (text.length + 1)
      return text.slice(0, cut) + scrap + text.slice(cut + 1)
    })
    fc.assert(
      fc.property(fc.oneof(soup, wounded, jsonText), (inner) => {
        // Cutting a surrogate pair in half makes no text that could be sent.
        fc.pre(!/\p{Surrogate}/u.test(inner))
        expect(json(`[${inner}]`).kind).toBe(isJson(`[${inner}]`) ? 'payloads' : 'malformed')
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['{"a":}', '1:6 unexpected "}", expected a value'],
    ['{\n  "a": 1,\n}', '3:1 unexpected "}", expected a key in double quotes'],
    ['{"é": "ü", 😀}', '1:12 unexpected byte 0xf0, expected a key in double quotes'],
    ['[1 2]', '1:4 unexpected "2", expected "," or "]"'],
    ['{"a":1 "b"}', `1:8 unexpected '"', expected "," or "}"`],
    ['{"a" 1}', '1:6 unexpected "1", expected ":"'],
    ['[{"a":[1,2}]', '1:11 unexpected "}", expected "," or "]"'],
    ['[1,]', '1:4 unexpected "]", expected a value'],
    ['[01]', '1:3 unexpected "1", expected "," or "]"'],
    ['[-]', '1:3 unexpected "]", expected a digit'],
    ['[trap]', '1:4 unexpected "a", expected true, false or null'],
    ['["a\nb"]', '1:4 a control character in a string must be escaped'],
    ['["\\x"]', '1:4 unexpected "x", expected one of "\\/bfnrtu behind a backslash'],
    ['["\\u12g4"]', '1:7 unexpected "g", expected four hexadecimal digits behind \\u'],
    ['["abc', '1:6 unexpected end, expected the closing quote of a string'],
    ['{} {}', '1:4 unexpected "{", expected the end of the body'],
    ['[] []', '1:4 unexpected "[", expected the end of the body'],
    ['', '1:1 unexpected end, expected an object (one event) or an array of events'],
    ['3', '1:1 unexpected "3", expected an object (one event) or an array of events'],
    ['\ufeff{}', '1:1 unexpected byte order mark, expected an object (one event) or an array of events'],
  ])('names line, column and fault of %j', (text, expected) => {
    expect(fault(json(text))).toBe(expected)
  })

  it('is refused when it is not UTF-8, with the place of the first wrong byte', () => {
    expect(fault(payloadsOfJson(Buffer.from([0x7b, 0x0a, 0x22, 0xff, 0x22]), MANY))).toBe(
      '2:2 byte 0xff is not UTF-8',
    )
    expect(fault(payloadsOfJson(Buffer.from([0x5b, 0x22, 0xe2, 0x82]), MANY))).toBe(
      '1:3 byte 0xe2 is not UTF-8',
    )
  })

  it('is refused when it nests too deeply, at a cost that does not grow with the depth', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(json(`[${nested(MAX_JSON_DEPTH)}]`).kind).toBe('payloads')
    expect(fault(json(`[${nested(MAX_JSON_DEPTH + 1)}]`))).toBe(
      `1:${MAX_JSON_DEPTH + 2} nested deeper than ${MAX_JSON_DEPTH} levels`,
    )
    expect(json('{"a":'.repeat(100_000)).kind).toBe('malformed')
  })

  it('is read no further than the most events it may hold', () => {
    expect(json('[1,2,3]', 3).kind).toBe('payloads')
    expect(json('[1,2,3,4 and then nonsense', 3).kind).toBe('too-many')
  })
})

describe('an application/x-ndjson body', () => {
  it('holds one event a line, without the white space around it; blank lines and a missing last feed are fine', () => {
    expect(texts(ndjson('{"a":1}\r\n\n  [1, 2] \n"x"'))).toEqual(['{"a":1}', '[1, 2]', '"x"'])
    expect(texts(ndjson(''))).toEqual([])
  })

  it('keeps the exact bytes of any line', () => {
    const line = jsonText.filter((text) => !text.includes('\n'))
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), (lines, fed) => {
        expect(texts(ndjson(lines.join('\n') + (fed ? '\n' : '')))).toEqual(lines)
      }),
    )
  })

  it('names the line that is malformed', () => {
    expect(fault(ndjson('{"a":1}\n{"a":\n{"a":3}'))).toBe('2:6 unexpected end, expected a value')
    expect(fault(ndjson('{"a":1}\n{"a":2} {"a":3}\n'))).toBe(
      '2:9 unexpected "{", expected the end of the line',
    )
    expect(fault(payloadsOfNdjson(Buffer.from('1\n2\n"\x80"\n', 'latin1'), MANY))).toBe(
      '3:2 byte 0x80 is not UTF-8',
    )
  })

  it('is read no further than the most events it may hold', () => {
    expect(ndjson('1\n2\n3\n', 3).kind).toBe('payloads')
    expect(ndjson('1\n2\n3\n4\n', 3).kind).toBe('too-many')
  })
})
