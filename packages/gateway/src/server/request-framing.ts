/**
 * Requests that two servers could read differently, and that Node lets through:
 * what one of them takes for a body, the other takes for the next request.
 *
 * Node itself refuses a length beside chunks, two lengths, bare line feeds,
 * folded lines, and whatever is no number where one must be.
 *
 * Source: RFC 9112, 2.2, 3.2 and 6.1.
 *
 * Imports nothing.
 */
import type { IncomingMessage } from 'node:http'

type Head = Pick<IncomingMessage, 'httpVersion' | 'headers' | 'rawHeaders'>

/** What is wrong with a request's head; `undefined` when it can be read in one way alone. */
export function framingFault({ httpVersion, headers, rawHeaders }: Head): string | undefined {
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    return `HTTP/${httpVersion} is not spoken here; send HTTP/1.1`
  const coding = headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return `Transfer-Encoding ${JSON.stringify(coding.slice(0, 40))} is not taken; send "chunked", or a Content-Length`
  }
  if (coding !== undefined && httpVersion === '1.0')
    return 'HTTP/1.0 knows no Transfer-Encoding; send a Content-Length'
  const hosts = countOfHosts(rawHeaders)
  if (hosts > 1) return `Host is there ${hosts} times; send it once`
  return hosts === 0 && httpVersion === '1.1' ? 'Host is missing; send it' : undefined
}

function countOfHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count
}
