import { describe, expect, it } from 'vitest'
import { framingFault } from './request-framing.ts'

function faultOf(httpVersion: string, ...rawHeaders: readonly string[]): string | undefined {
  const at = rawHeaders.indexOf('Transfer-Encoding')
  const headers = at < 0 ? {} : { 'transfer-encoding': rawHeaders[at + 1]! }
  return framingFault({ httpVersion, headers, rawHeaders: [...rawHeaders] })
}

describe('the head of a request', () => {
  it.each([
    ['1.1', 'Host', 'x'],
    ['1.1', 'hOST', 'x', 'X-Host', 'y', 'Hos', 'z'],
    ['1.1', 'Host', 'x', 'Transfer-Encoding', 'Chunked'],
    ['1.0', 'Content-Length', '2'],
  ])('can be read in one way alone: HTTP/%s %s %s', (version, ...headers) => {
    expect(faultOf(version!, ...headers)).toBeUndefined()
  })

  it.each([
    ['HTTP/0.9 is not spoken', '0.9'],
    ['HTTP/2.0 is not spoken', '2.0', 'Host', 'x'],
    [
      'Transfer-Encoding "gzip, chunked" is not taken',
      '1.1',
      'Host',
      'x',
      'Transfer-Encoding',
      'gzip, chunked',
    ],
    ['HTTP/1.0 knows no Transfer-Encoding', '1.0', 'Transfer-Encoding', 'chunked'],
    ['Host is there 2 times', '1.1', 'Host', 'x', 'host', 'x'],
    ['Host is missing', '1.1', 'X', 'y'],
  ])('is refused: %s', (fault, ...[version, ...headers]) => {
    expect(faultOf(version!, ...headers)).toContain(fault)
  })
})
