import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, it } from 'vitest'
import { StateFeed } from '../src/server/state-feed.ts'

const LARGE = 'x'.repeat(4 * 2 ** 20)
const REQUEST = 'HTTP/1.1\r\nHost: localhost\r\n\r\n'

it('cuts off who does not read by the next state, and keeps sending to who does', async () => {
  const feed = new StateFeed(() => LARGE)
  const closed: string[] = []
  let mostKept = 0
  const server = createServer((request, response) => {
    feed.add(response, {})
    response.on('close', () => closed.push(request.url ?? ''))
    mostKept = Math.max(mostKept, response.writableLength)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const slow = connect(port, '127.0.0.1').pause()
  slow.on('error', () => {})
  slow.write(`GET /slow ${REQUEST}`)
  const quick = connect(port, '127.0.0.1')
  let bytes = 0
  quick.on('data', (chunk) => {
    bytes += chunk.length
  })
  quick.write(`GET /quick ${REQUEST}`)
  while (closed.length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
  expect(closed).toEqual(['/slow'])
  const before = bytes
  while (bytes < before + 2 * LARGE.length) await new Promise((resolve) => setTimeout(resolve, 50))
  expect(closed).toEqual(['/slow'])
  expect(mostKept).toBeLessThan(2 * LARGE.length)
  feed.close()
  quick.destroy()
  slow.destroy()
  await new Promise((resolve) => server.close(resolve))
})

it('makes no state while nobody listens', async () => {
  let made = 0
  const feed = new StateFeed(() => ++made)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect([made, feed.hasRoom]).toEqual([0, true])
  feed.close()
  expect(feed.hasRoom).toBe(false)
})
