/**
 * `100 Continue` when somebody reads the body, and not before.
 *
 * Node says 100 at once to a client that asks with `Expect: 100-continue`,
 * before any framework has seen the request. Then the body of a request that
 * is refused is on its way already. Said at the first read instead, a request
 * that is refused on its headers never hears it, and its body stays at home.
 *
 * Floor 6: imports nothing.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/**
 * Lets `server` say `100 Continue` only when the body of a request is read: for Express and servers of fetch-style
 * handlers. The guard of Fastify does it by itself, and `node:http` has `checkContinue`. HTTP/1.1 alone: over HTTP/2 a
 * refused stream costs one window of bytes at most.
 *
 * @example
 * ```ts
 * continueWhenRead(app.listen(8080))
 * ```
 */
export function continueWhenRead(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const read = request._read
    request._read = (size) => {
      // What a refusal throws away is read as well, after its answer.
      if (!response.headersSent) response.writeContinue()
      request._read = read
      read.call(request, size)
    }
    server.emit('request', request, response)
  })
}
