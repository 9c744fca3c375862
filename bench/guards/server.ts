/**
 * One server under measurement, in a process of its own. It tells its port, and
 * on any message the processor time it has used.
 *
 * Arguments: contender, mode, port of the consumer (0: none), and `inside` when
 * the handler enqueues and does not wait for the consumer.
 */
import { Processor } from 'spillway'
import { CONTENDERS, DEADLINE_MS, type Mode, type Take } from './contenders.ts'
import { Delivery } from './delivery.ts'

const [, , name = '', mode = 'admit', consumerPort = '0', inside] = process.argv

const make = CONTENDERS[name]
if (!make) throw new Error(`unknown contender: ${name}`)
// The parent, which starts this program, passes a mode.
const server = await make(mode as Mode, takeFor(Number(consumerPort)))
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', 4096, () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
})
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuUs: user + system })
})
process.on('disconnect', () => process.exit(0))

function takeFor(port: number): Take {
  if (port === 0) return () => undefined
  const delivery = new Delivery(port)
  if (inside === undefined) return (event) => delivery.send(event)
  const processor = new Processor<unknown>({
    handle: (event) => delivery.send(event),
    capacity: 1000,
    whenFull: 'block',
    concurrency: 64,
  })
  return (event) => processor.enqueue(event, { timeoutMs: DEADLINE_MS })
}
