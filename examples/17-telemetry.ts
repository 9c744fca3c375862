/**
 * Example 17: what Prometheus sees of a queue that overflows.
 *
 * A name for each object is all there is to do. The figures are read when
 * Prometheus asks; a series for each reason exists before anything is
 * refused, and the diagnosis is a metric too.
 */
import { Registry } from 'prom-client'
import { Processor } from 'spillway'
import { PrometheusMetrics } from 'spillway/prometheus'
import { VirtualClock } from 'spillway/testing'

const clock = new VirtualClock()
const orders = new Processor<number>({
  handle: () => new Promise<void>((resolve) => clock.schedule(10, resolve)),
  capacity: 5,
  whenFull: 'drop-oldest',
  concurrency: 1,
  clock,
})

const registry = new Registry()
new PrometheusMetrics({ registry }).watch('orders', orders)

// A hundred orders a second for ten seconds are no trouble; then three times as many come, for ten more.
for (let order = 0; order < 1000; order++) {
  orders.offer(order)
  await clock.advanceAsync(10)
}
for (let order = 0; order < 3000; order++) {
  orders.offer(order)
  await clock.advanceAsync(10 / 3)
}

const interesting = /^spillway_queue_(received|delivered|evicted|depth|capacity|diagnosis[{])/
for (const line of (await registry.metrics()).split('\n')) {
  if (interesting.test(line)) console.log(line)
}

// Output:
// spillway_queue_received_total{name="orders"} 4000
// spillway_queue_delivered_total{name="orders"} 1999
// spillway_queue_evicted_total{name="orders",reason="full"} 1995
// spillway_queue_evicted_total{name="orders",reason="priority"} 0
// spillway_queue_evicted_total{name="orders",reason="deadline"} 0
// spillway_queue_evicted_total{name="orders",reason="sojourn"} 0
// spillway_queue_evicted_total{name="orders",reason="aborted"} 0
// spillway_queue_depth{name="orders"} 5
// spillway_queue_capacity{name="orders"} 5
// spillway_queue_diagnosis{name="orders",verdict="healthy"} 0
// spillway_queue_diagnosis{name="orders",verdict="queue-too-small"} 0
// spillway_queue_diagnosis{name="orders",verdict="consumer-too-slow"} 0
// spillway_queue_diagnosis{name="orders",verdict="inbound-above-capacity"} 1
// spillway_queue_diagnosis{name="orders",verdict="stalled"} 0
