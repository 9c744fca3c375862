import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ServerSentEvent, ServerSentReader } from './server-sent.ts'

function read(...pieces: readonly string[]): readonly ServerSentEvent[] {
  const reader = new ServerSentReader()
  return pieces.flatMap((piece) => reader.push(piece))
}

describe('a stream of events', () => {
  it.each([
    ['a named event', 'event: state\ndata: {}\n\n', [{ name: 'state', data: '{}' }]],
    ['an event without a name', 'data: 1\n\n', [{ name: 'message', data: '1' }]],
    ['several lines of data', 'data: a\ndata:\ndata:  b\n\n', [{ name: 'message', data: 'a\n\n b' }]],
    ['comments, that keep a connection alive', ': hello\n\n:\n\n', []],
    ['an event without data', 'event: state\n\n', []],
    [
      'fields that it does not know',
      'id: 1\nretry: 5\nnonsense\ndata: x\n\n',
      [{ name: 'message', data: 'x' }],
    ],
    ['an event that is not whole yet', 'data: 1\n\ndata: 2\n', [{ name: 'message', data: '1' }]],
  ])('is read: %s', (_what, text, events) => {
    expect(read(text)).toEqual(events)
  })

  it('is read the same in whatever pieces it comes, and with whichever end of line', () => {
    const text = 'event: state\ndata: {"a":\ndata: 1}\n\n: alive\n\ndata: two\n\n'
    const whole = read(text)
    const cuts = fc.array(fc.integer({ min: 0, max: 2 * text.length }), { maxLength: 20 })
    fc.assert(
      fc.property(fc.constantFrom('\n', '\r\n', '\r'), cuts, (end, at) => {
        const given = text.replaceAll('\n', end)
        const edges = [0, ...at.toSorted((a, b) => a - b), given.length]
        // A last carriage return waits for what follows it.
        const pieces = edges.slice(1).map((edge, n) => given.slice(edges[n], edge))
        expect(read(...pieces, ':')).toEqual(whole)
      }),
    )
  })

  it('is given up when an event has no end', () => {
    const reader = new ServerSentReader()
    expect(() => {
      for (let n = 0; n < 5; n++) reader.push(`data: ${'x'.repeat(2 ** 20)}\n`)
    }).toThrow(RangeError)
    expect(() => new ServerSentReader().push('x'.repeat(5 * 2 ** 20))).toThrow(RangeError)
  })
})
