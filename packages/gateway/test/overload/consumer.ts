/**
 * A consumer in a process of its own: takes one event for each POST and does
 * exactly so many a second, one after the other, however late its timers are.
 *
 * Argument: events a second, which a message can change. Tells its port; asked,
 * how many it has done, and of a path which: the `index` of each event.
 */
import { createServer, type ServerResponse } from 'node:http'

let eachMs = 1000 / Number(process.argv[2])
const done = new Map<string, number[]>()
let count = 0
const due: {
  readonly atMs: number
  readonly index: number
  readonly path: string
  readonly response: ServerResponse
}[] = []
let freeAtMs = 0

function take(index: number, path: string, response: ServerResponse): void {
  freeAtMs = Math.max(freeAtMs, performance.now()) + eachMs
  due.push({ atMs: freeAtMs, index, path, response })
}

function finish(): void {
  while (due[0] && due[0].atMs <= performance.now()) {
    const { index, path, response } = due.shift()!
    const indexes = done.get(path) ?? []
    indexes.push(index)
    done.set(path, indexes)
    count++
    response.writeHead(204).end()
  }
}

const server = createServer((request, response) => {
  let text = ''
  request.on('data', (chunk) => {
    text += chunk
  })
  request.on('end', () => take(JSON.parse(text).index, request.url ?? '', response))
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: Reflect.get(Object(server.address()), 'port') }))
setInterval(finish, 1)
process.on('message', (what) => {
  if (typeof what === 'number') eachMs = 1000 / what
  process.send?.(typeof what === 'string' ? { done: done.get(what) ?? [] } : { count })
})
process.on('disconnect', () => process.exit(0))
