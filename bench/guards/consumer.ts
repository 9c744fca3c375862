/**
 * The consumer, in a process of its own: takes one item a line over TCP, and
 * acknowledges each with a line. It does exactly so many a second, one after
 * the other; 0 stands for as many as come.
 *
 * Arguments: items a second.
 */
import { createServer, type Socket } from 'node:net'

const perSecond = Number(process.argv[2] ?? 0)
const eachMs = perSecond === 0 ? 0 : 1000 / perSecond
let freeAtMs = 0
let done = 0

const due: { readonly atMs: number; readonly socket: Socket }[] = []
let next = 0

function take(socket: Socket): void {
  if (eachMs === 0) {
    done++
    socket.write('\n')
    return
  }
  freeAtMs = Math.max(freeAtMs, performance.now()) + eachMs
  due.push({ atMs: freeAtMs, socket })
}

/** Acknowledges what is due; checked every millisecond, so that the rate is exact however late timers are. */
function finish(): void {
  const nowMs = performance.now()
  for (let item = due[next]; item !== undefined && item.atMs <= nowMs; item = due[next]) {
    next++
    done++
    if (!item.socket.destroyed) item.socket.write('\n')
  }
  if (next < 10_000) return
  due.splice(0, next)
  next = 0
}

const server = createServer((socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    for (const byte of chunk) if (byte === 10) take(socket)
  })
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: Reflect.get(Object(server.address()), 'port') }))
if (eachMs > 0) setInterval(finish, 1)
process.on('message', () => process.send?.({ done }))
process.on('disconnect', () => process.exit(0))
